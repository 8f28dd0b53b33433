#include "lab/report/inner_view_page.h"

#include <algorithm>

#include "lab/report/page.h"
#include "lab/report/png.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

constexpr const char* kStyle =
    ".maps { display: flex; flex-wrap: wrap; gap: 6px; margin: 4px 0 16px; }"
    ".maps img { image-rendering: pixelated; border-radius: 2px; max-width: 100%; }";

Html picture(const Image& image, Index size, const std::string& alt) {
    const Index larger = std::max(image.width, image.height);
    const auto scaled = [&](Index side) { return std::to_string(std::max<Index>(1, side * size / larger)); };
    return tag(
        "img",
        {{"src", data_uri(image)}, {"alt", alt}, {"width", scaled(image.width)}, {"height", scaled(image.height)}});
}

Html row_of(const std::vector<Image>& images, Index size, const std::string& alt) {
    Html row;
    for (std::size_t i = 0; i < images.size(); ++i) row += picture(images[i], size, alt + " " + std::to_string(i));
    return tag("div", {{"class", "maps"}}, row);
}

}  // namespace

std::string inner_view_page(const std::string& model_name, const InnerView& view) {
    std::string guesses;
    for (const auto& [label, probability] : view.prediction.guesses)
        guesses += (guesses.empty() ? "" : ", ") + label + " " + percent(probability);
    const std::string file = view.prediction.file.filename().string();
    Html body = tag("header", {}, tag("p", {{"class", "over"}}, "A look inside") + tag("h1", {}, model_name));
    body += section("Image and answer",
                    file + ", as the model was shown it, is taken for " + guesses +
                        ". Beside it, the pixels that the answer depends on most: the gradient of its logit.",
                    tag("div", {{"class", "maps"}},
                        picture(view.prediction.seen, 160, file) + picture(view.saliency, 160, "saliency")));
    if (!view.filters.empty())
        body += section("What the first layer looks for",
                        "The kernels of " + view.first_layer +
                            "; each is as bright as its own largest weight allows, and the grey in the middle is 0.",
                        row_of(view.filters, 48, "kernel"));
    Html maps;
    for (const InnerView::Maps& each : view.maps) {
        const auto shown = static_cast<Index>(each.pictures.size());
        maps += tag("h3", {},
                    each.layer + " (" + each.kind + "): " + std::to_string(shown) + " of " +
                        counted(each.channels, "channel")) +
                row_of(each.pictures, 59, each.layer + " channel");
    }
    if (!view.maps.empty())
        body += section("What the layers make of the image",
                        "Black is the least number that a layer gives for this image, white the largest.", maps);
    return to_html(Page{.title = model_name + ": a look inside \u00b7 Normlab", .body = body, .style = kStyle});
}

}  // namespace normlab
