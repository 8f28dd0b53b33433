#include "lab/report/report.h"

#include <stb_image.h>

#include "framework/support/files.h"
#include "lab/report/html.h"
#include "lab/report/live_report.h"
#include "lab/report/png.h"
#include "lab/text/table.h"
#include "tests/catch.h"
#include "tests/lab/markup.h"
#include "tests/lab/sample_report.h"
#include "tests/lab/small_run.h"

using namespace normlab;
using namespace normlab::test;

namespace {

const std::string kEvil = "<b>&\"'</script>";
const std::string kEvilEscaped = "&lt;b&gt;&amp;&quot;&#39;&lt;/script&gt;";

std::vector<std::uint8_t> decoded(const std::string& png, int channels, int& width, int& height) {
    int in_file = 0;
    stbi_uc* pixels = stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(png.data()), static_cast<int>(png.size()),
                                            &width, &height, &in_file, 0);
    REQUIRE(pixels != nullptr);
    REQUIRE(in_file == channels);
    const std::vector<std::uint8_t> result(pixels, pixels + width * height * channels);
    stbi_image_free(pixels);
    return result;
}

// A run of two epochs, and its folder.
struct SmallRun {
    SmallRun() {
        write_small_set(folder / "data");
        config = parse_config(small_config(folder / "data"));
        Observer nobody;
        metrics = run_training(config, {.out = folder / "run"}, nobody).metrics;
    }
    std::string page() const { return read_file(folder / "run" / "report.html"); }

    TemporaryFolder folder;
    Config config;
    std::vector<EpochMetrics> metrics;
};

}  // namespace

TEST_CASE("a text is escaped wherever it stands", "[report]") {
    REQUIRE(tag("p", {{"title", kEvil}}, kEvil).markup() ==
            "<p title=\"" + kEvilEscaped + "\">" + kEvilEscaped + "</p>");
    REQUIRE(tag("br", {}).markup() == "<br>");
}

TEST_CASE("a PNG decodes to the same pixels", "[report]") {
    const Index channels = GENERATE(1, 2, 3, 4);
    Image image{7, 13, channels, {}};
    for (Index i = 0; i < 7 * 13 * channels; ++i) image.pixels.push_back(static_cast<std::uint8_t>(31 * i * i));
    int width = 0, height = 0;
    REQUIRE(decoded(encode_png(image), static_cast<int>(channels), width, height) == image.pixels);
    REQUIRE((width == 13 && height == 7));
    image.channels = 5;
    REQUIRE(contains(error_of([&] { encode_png(image); }), "[png] an image has 1 to 4 channels, not 5"));
}

TEST_CASE("base64 is that of RFC 4648, section 10", "[report]") {
    REQUIRE(base64("") == "");
    REQUIRE(base64("f") == "Zg==");
    REQUIRE(base64("fo") == "Zm8=");
    REQUIRE(base64("foo") == "Zm9v");
    REQUIRE(base64("foob") == "Zm9vYg==");
    REQUIRE(base64("fooba") == "Zm9vYmE=");
    REQUIRE(base64("foobar") == "Zm9vYmFy");
}

TEST_CASE("a report's tags are balanced, however many epochs and classes", "[report]") {
    const auto [done, epochs, classes] = GENERATE(
        table<Index, Index, std::size_t>({{0, 10, 10}, {1, 1, 10}, {4, 10, 2}, {30, 30, 20}, {200, 200, 100}}));
    const std::string page = to_html(sample_report(done, epochs, classes));
    REQUIRE(nesting_error(page) == "");
    REQUIRE(page.size() < 500'000);
}

TEST_CASE("names with markup in them show as they are written", "[report]") {
    Report report = sample_report(3, 10);
    report.name = report.classes[3] = report.layers[0].name = report.state.text = report.command = kEvil;
    report.config["name"] = report.environment[0].value = report.files[0].name = kEvil;
    const std::string page = to_html(report);
    REQUIRE(nesting_error(page) == "");
    REQUIRE_FALSE(contains(page, "<b>&"));
    REQUIRE(contains(page, "<h1>" + kEvilEscaped + "</h1>"));
    REQUIRE(all_between(page, "</script", ">").size() == 1);
}

TEST_CASE("a report asks the network for nothing", "[report]") {
    const std::string page = to_html(sample_report(4, 10, 100));
    for (const char* word : {"http:", "https:", "//www", "@import", "url(", "<link", "<iframe", "fetch(", "XMLHttp"})
        REQUIRE_FALSE(contains(page, word));
    for (const std::string& source : all_between(page, "src=\"", "\""))
        REQUIRE(source.starts_with("data:image/png;base64,"));
    REQUIRE(contains(page, "default-src &#39;none&#39;"));
}

TEST_CASE("every curve has a point for each epoch", "[report]") {
    const Index epochs = GENERATE(1, 2, 30, 200);
    const auto curves = all_between(to_html(sample_report(epochs, epochs)), "data-y=\"", "\"");
    REQUIRE(curves.size() == 6);  // loss and accuracy twice each, learning rate, throughput
    for (const std::string& values : curves) REQUIRE(std::ranges::count(values, '|') + 1 == epochs);
}

TEST_CASE("a page looks for a newer one only while the run goes on", "[report]") {
    Report report = sample_report(4, 10);
    REQUIRE(contains(to_html(report), "data-refresh"));
    REQUIRE(contains(to_html(report), "http-equiv=\"refresh\""));
    for (const auto kind : {RunState::Kind::finished, RunState::Kind::stopped, RunState::Kind::diverged}) {
        report.state = {kind};
        REQUIRE_FALSE(contains(to_html(report), "data-refresh"));
        REQUIRE_FALSE(contains(to_html(report), "http-equiv=\"refresh\""));
    }
}

TEST_CASE("a page of a run that goes on says how long it takes, and how far it is within the epoch", "[report]") {
    Report report = sample_report(4, 10);
    REQUIRE(contains(to_html(report), "4 of 10 epochs; this page"));
    report.progress = Progress{.epoch = 5, .epochs = 10, .step = 30, .steps = 60, .seconds_left = 83};
    REQUIRE(contains(to_html(report), "4 of 10 epochs; about 1:23 left; this page"));
    REQUIRE(contains(to_html(report), "--v:0.450"));
    report.state = {RunState::Kind::stopped};
    REQUIRE_FALSE(contains(to_html(report), "1:23 left"));
}

TEST_CASE("within a long epoch the page is written again now and then", "[report]") {
    const TemporaryFolder folder;
    replace_file(folder / "config.json", to_json(Config{}).dump());
    Observer nobody;
    const Config config;
    for (const bool patient : {true, false}) {
        LiveReport report(folder.path(), config, nobody, std::chrono::seconds(patient ? 60 : 0));
        report.step({.epoch = 1, .epochs = 10, .step = 1, .steps = 60, .seconds_left = 100});
        report.step({.epoch = 1, .epochs = 10, .step = 2, .steps = 60, .seconds_left = 83});
        INFO(patient);
        REQUIRE(contains(read_file(report.file()), patient ? "about 1:40 left" : "about 1:23 left"));
        REQUIRE(contains(read_file(report.file()), "<td>processor</td>"));
    }
}

TEST_CASE("a report sums up multiply-adds and scores each class", "[report]") {
    Report report = sample_report(4, 4);
    const std::string page = to_html(report);
    Index sum = 0;
    for (const LayerSummary& each : report.layers) sum += each.multiply_adds;
    REQUIRE(sum > 0);
    REQUIRE(contains(page, "<dd class=\"note\">" + grouped(sum) + " multiply-adds</dd>"));
    REQUIRE(contains(page, "Precision, recall and F1"));
    REQUIRE_FALSE(contains(page, "Top 5"));
    report.confusion.top5 = 0.975;
    REQUIRE(contains(to_html(report), "<dt>Top 5</dt><dd class=\"value\">97.50 %</dd>"));
}

TEST_CASE("the best epoch is that of the highest test accuracy, of equals the one with the lowest loss", "[report]") {
    Report report = sample_report(4, 4);
    for (std::size_t i = 0; i < 4; ++i)
        report.metrics[i].test = Score{.loss = i == 2 ? 0.9 : 1, .accuracy = i == 0 ? 0.5 : 0.75};
    const std::string page = to_html(report);
    REQUIRE(contains(page, "best: epoch 3"));
    REQUIRE(contains(page, "<dd class=\"value\">75.00 %</dd><dd class=\"note\">after epoch 3</dd>"));
}

TEST_CASE("a report with validation images tells them from the test set, which it shows in the end", "[report]") {
    const TemporaryFolder folder;
    write_small_set(folder / "data");
    Json json = small_config(folder / "data");
    json["data"]["validation"] = 0.2;
    const Config config = parse_config(json);
    struct Pages : Observer {
        Pages(const std::filesystem::path& run, const Config& of) : report(run, of, nobody) {}
        void step(const Progress& progress) override { report.step(progress); }
        void epoch(const EpochMetrics& metrics, const Model& model, const ImageSet& images,
                   const Evaluation& evaluation) override {
            report.epoch(metrics, model, images, evaluation);
            pages.push_back(read_file(report.file()));
        }
        Observer nobody;
        LiveReport report;
        std::vector<std::string> pages;
    } pages(folder / "run", config);
    run_training(config, {.out = folder / "run"}, pages);
    REQUIRE(pages.pages.size() == 2);
    CHECK(nesting_error(pages.pages[0]) == "");
    CHECK(contains(pages.pages[0], "validation images are right after epoch 1"));
    CHECK_FALSE(contains(pages.pages[0], "images of the test set"));
    CHECK_FALSE(contains(pages.pages[0], "Test accuracy"));
    CHECK(contains(pages.pages[1], "of 20 images of the test set are right after epoch 2"));
    CHECK(contains(pages.pages[1], "Validation loss"));
    CHECK(contains(pages.pages[1], "with the best weights"));
    rewrite_report(folder / "run");
    CHECK(contains(read_file(folder / "run/report.html"), "of 20 images of the test set are right after epoch 2"));
}

TEST_CASE("a run that diverged says so, and why", "[report]") {
    Report report = sample_report(0, 10);
    report.state = {RunState::Kind::diverged, "[run] the loss is not finite in step 3"};
    REQUIRE(contains(to_html(report), "Diverged</b>"));
    REQUIRE(contains(to_html(report), "0 of 10 epochs: the loss is not finite in step 3<"));
}

TEST_CASE("the command that repeats a run can be given to a shell", "[report]") {
    REQUIRE(gather_report("runs/a", Config{}, {}, {}).command == "normlab train runs/a/config.json --out runs/a-again");
    REQUIRE(gather_report("my run's", Config{}, {}, {}).command ==
            R"(normlab train 'my run'\''s/config.json' --out 'my run'\''s-again')");
}

TEST_CASE("mistakes are the images that the model is surest about, large ones made small", "[report]") {
    const ImageSet images{.name = "big",
                          .image = {3, 100, 200},
                          .pixels = std::vector<std::uint8_t>(2 * 3 * 100 * 200, 9),
                          .labels = {0, 1},
                          .classes = {"a", "b"}};
    const Model model = build_model(
        parse_config(Json::parse(R"({"model": {"layers": [{"type": "flatten"}, {"type": "linear"}]}})")), images);
    const Evaluation evaluation{.count = 2, .logits = Tensor::of({2, 2}, {0, 1, 3, 0}), .confusion = {0, 1, 1, 0}};
    const Report report = gather_report("runs/a", model, images, evaluation, {}, {});
    REQUIRE(report.mistakes.size() == 2);
    REQUIRE(report.mistakes[0].truth == 1);
    REQUIRE(report.mistakes[0].predicted == 0);
    REQUIRE(std::abs(report.mistakes[0].confidence * (1 + std::exp(-3)) - 1) < 1e-12);
    REQUIRE((report.mistakes[0].image.height == 24 && report.mistakes[0].image.width == 48));
    REQUIRE(report.mistakes[0].image.pixels.size() == 24 * 48 * 3);
    REQUIRE(report.layers.back().parameters == 2 * 3 * 100 * 200 + 2);
}

TEST_CASE("a report is written again from the run's folder alone", "[report]") {
    const SmallRun run;
    rewrite_report(run.folder / "run");
    REQUIRE(nesting_error(run.page()) == "");
    REQUIRE(contains(run.page(), "Finished</b>"));
    REQUIRE(contains(run.page(), "Confusion matrix"));
    const auto right = static_cast<Index>(std::lround(20 * run.metrics.back().test->accuracy));
    REQUIRE(contains(run.page(), std::to_string(right) + " of 20 images of the test set are right after epoch 2"));
}

TEST_CASE("without its data a report is written without pictures, and says why", "[report]") {
    const SmallRun run;
    std::filesystem::remove_all(run.folder / "data");
    rewrite_report(run.folder / "run");
    REQUIRE(nesting_error(run.page()) == "");
    REQUIRE(contains(run.page(), "The test set could not be evaluated: "));
    REQUIRE_FALSE(contains(run.page(), "Confusion matrix"));
    REQUIRE(all_between(run.page(), "data-y=\"", "\"").size() == 6);
}

TEST_CASE("a run without a completed epoch has a report, too", "[report]") {
    const TemporaryFolder folder;
    replace_file(folder / "config.json", to_json(Config{}).dump());
    rewrite_report(folder.path());
    REQUIRE(contains(read_file(folder / "report.html"), "No epoch has been completed yet."));
}

TEST_CASE("the losses of single steps have a curve of their own", "[report]") {
    Report report = sample_report(2, 2);
    REQUIRE_FALSE(contains(to_html(report), "Loss of single steps"));
    report.step_losses = {{1, 0.1, 2.3}, {2, 0.1, 2.1}};
    REQUIRE(contains(to_html(report), "Loss of single steps"));
    REQUIRE(nesting_error(to_html(report)).empty());
}

TEST_CASE("a watched run's report shows what it saw, an unwatched one nothing", "[report]") {
    const TemporaryFolder place;
    write_small_set(place / "set");
    Json config = small_config(place / "set");
    config["watch"] = {{"every", 2}};
    run_small(config, place / "run");
    rewrite_report(place / "run");
    const std::string page = read_file(place / "run/report.html");
    REQUIRE(nesting_error(page).empty());
    REQUIRE(contains(page, "Inside the net"));
    REQUIRE(contains(page, "8 looks at a batch in training"));
    REQUIRE(contains(page, "Gap between training and evaluation"));
    REQUIRE(all_between(page, "<details", "</details>").size() ==
            1 + 6);  // the norm; weights and biases of three layers
    REQUIRE(contains(page, "<h3>Weights and gradients</h3>"));
    REQUIRE(contains(page, "<div class=\"along\"><span>1</span><span>8</span><span>14</span></div>"));
    REQUIRE(contains(page, "<div class=\"names\"><span title=\"1\">1</span></div>"));
    config["watch"] = nullptr;
    run_small(config, place / "plain");
    rewrite_report(place / "plain");
    REQUIRE_FALSE(contains(read_file(place / "plain/report.html"), "Inside the net"));
}
