#include "lab/model/predict.h"

#include "lab/report/prediction_page.h"
#include "tests/catch.h"
#include "tests/lab/child.h"
#include "tests/lab/markup.h"
#include "tests/lab/tiny_run.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

TEST_CASE("a folder among images means the images in it, in order, except hidden ones", "[predict]") {
    const TemporaryFolder folder;
    for (const char* file : {"b/2.png", "b/1.png", "b/deep/3.png", "b/.hidden/4.png", "b/.5.png", "a.png"}) {
        std::filesystem::create_directories((folder / file).parent_path());
        replace_file(folder / file, "");
    }
    std::filesystem::create_directories(folder / "empty");
    std::vector<std::string> names;
    for (const auto& file : image_files({(folder / "b").string(), (folder / "a.png").string()}))
        names.push_back(std::filesystem::relative(file, folder.path()).string());
    REQUIRE(names == std::vector<std::string>{"b/1.png", "b/2.png", "b/deep/3.png", "a.png"});
    REQUIRE(contains(error_of([&] { image_files({(folder / "empty").string()}); }), "has no images"));
}

TEST_CASE("prediction on the images of a test set agrees with evaluation", "[predict]") {
    const TinyRun tiny;
    REQUIRE(run_normlab(tiny.path(), {"train", "tiny.json", "--quiet", "--set", "train.epochs=3"}).status == 0);
    const Model model = load_model(tiny / "runs/tiny/model.safetensors");
    DataSource source = model.config.data.source;
    source.dir = tiny / "set";
    const Split split = load(source);
    const Evaluation evaluation = evaluate(*model.module, split.test, model.scale);
    const auto predictions = predict(model, image_files({(tiny / "set/test").string()}), 1);
    REQUIRE(predictions.size() == 20);
    for (std::size_t i = 0; i < predictions.size(); ++i) {
        const auto likeliest = static_cast<std::size_t>(likeliest_class(evaluation.logits, static_cast<Index>(i)));
        CHECK(predictions[i].guesses.at(0).label == model.classes[likeliest]);
    }
}

TEST_CASE("normlab predict writes a page with every image, its name and its classes", "[predict]") {
    const TinyRun tiny;
    REQUIRE(run_normlab(tiny.path(), {"train", "tiny.json", "--quiet", "--set", "train.epochs=1"}).status == 0);
    std::filesystem::rename(tiny / "set/test/a/52.pgm", tiny / "set/test/a/<52>.pgm");
    const Ended outcome =
        run_normlab(tiny.path(), {"predict", "runs/tiny", "set/test/a", "--top", "2", "--html", "seen.html"});
    REQUIRE(outcome.status == 0);
    CHECK(std::ranges::count(outcome.out, '\n') == 5);
    const std::string page = read_file(tiny / "seen.html");
    CHECK(nesting_error(page) == "");
    CHECK(all_between(page, "<img src=\"data:image/png;base64,", "\"").size() == 5);
    CHECK(all_between(page, "class=\"name\">", "<").size() == 10);
    CHECK(contains(page, "&lt;52&gt;.pgm"));
    CHECK_FALSE(contains(page, "http://"));
    CHECK(contains(run_normlab(tiny.path(), {"predict", "runs/tiny", "set/test/a", "--html", "no/seen.html"}).err,
                   "no/"));
}
