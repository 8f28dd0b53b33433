#include "lab/report/prediction_page.h"

#include "lab/report/enlarged.h"
#include "lab/report/page.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

constexpr Index kPictureSize = 96;  // pixels on the screen, about

Html card(const Prediction& prediction) {
    const auto& [file, seen, guesses] = prediction;
    const Html picture = enlarged(seen, kPictureSize, file.filename().string());
    Html bars;
    for (const auto& [label, probability] : guesses)
        bars += tag("div", {},
                    tag("span", {{"class", "name"}}, label) + tag("span", {{"class", "number"}}, percent(probability)) +
                        tag("div", {{"class", "bar"}}, tag("div", {{"style", "--v:" + fixed(probability, 4)}})));
    const Html name = tag("span", {{"class", "note"}, {"title", file.string()}}, file.filename().string());
    return tag("figure", {}, picture + tag("figcaption", {}, name + tag("div", {{"class", "bars"}}, bars)));
}

}  // namespace

std::string prediction_page(const std::string& model_name, const std::vector<Prediction>& predictions) {
    Html cards;
    for (const Prediction& each : predictions) cards += card(each);
    const std::string count = counted(static_cast<Index>(predictions.size()), "image");
    const Html heading = tag("header", {}, tag("p", {{"class", "over"}}, "Predictions") + tag("h1", {}, model_name));
    return to_html(Page{.title = model_name + ": predictions",
                        .body = heading + section("Images",
                                                  count + ", as the model was shown them, with the classes "
                                                          "that it thinks likeliest.",
                                                  tag("div", {{"class", "cards"}}, cards))});
}

}  // namespace normlab
