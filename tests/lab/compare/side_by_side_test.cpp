#include "lab/compare/side_by_side.h"

#include "framework/support/files.h"
#include "lab/run/run_folder.h"
#include "lab/run/run_lock.h"
#include "tests/catch.h"
#include "tests/lab/markup.h"
#include "tests/lab/sample_runs.h"
#include "tests/lab/small_run.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

namespace fs = std::filesystem;

// A folder with a config and metrics, as a run leaves them.
void leave_run(const fs::path& folder, const Json& config, const std::vector<EpochMetrics>& metrics) {
    fs::create_directories(folder);
    replace_file(RunFolder{folder}.config(), to_json(parse_config(config)).dump());
    if (!metrics.empty()) replace_file(RunFolder{folder}.metrics(), metrics_text(metrics));
}

std::vector<std::string> keys_of(const std::vector<ConfigDifference>& all) {
    std::vector<std::string> keys;
    for (const ConfigDifference& each : all) keys.push_back(each.key);
    return keys;
}

}  // namespace

TEST_CASE("of configs the page of several runs shows the keys that differ, each to its end", "[side by side]") {
    const TemporaryFolder folder;
    leave_run(folder / "a", {{"name", "a"}}, {});
    leave_run(folder / "b", {{"name", "b"}, {"model", {{"norm", {{"type", "group"}, {"groups", 4}}}}}}, {});
    leave_run(folder / "c", {{"name", "c"}, {"optim", {{"lr", 0.02}}}, {"data", {{"augment", {"random_crop"}}}}}, {});
    const auto found = differences(read_runs({folder / "a", folder / "b", folder / "c"}));
    const auto keys = keys_of(found);
    for (const char* key : {"data.augment", "model.norm.type", "model.norm.momentum", "model.norm.groups", "optim.lr"})
        CHECK(std::ranges::find(keys, key) != keys.end());
    CHECK(std::ranges::find(keys, "name") == keys.end());
    CHECK(std::ranges::find(keys, "seed") == keys.end());
    const auto rate = std::ranges::find(found, "optim.lr", &ConfigDifference::key);
    CHECK(rate->values == std::vector<std::string>{"0.05", "0.05", "0.02"});
    const auto groups = std::ranges::find(found, "model.norm.groups", &ConfigDifference::key);
    CHECK(groups->values == std::vector<std::string>{"", "4", ""});
    CHECK(differences(read_runs({folder / "a"})).empty());
}

TEST_CASE("layers are compared one by one", "[side by side]") {
    const TemporaryFolder folder;
    for (const int size : {8, 16})
        leave_run(folder / std::to_string(size),
                  {{"model",
                    {{"layers", {{{"type", "flatten"}}, {{"type", "linear"}, {"out", size}}, {{"type", "linear"}}}}}}},
                  {});
    CHECK(keys_of(differences(read_runs({folder / "8", folder / "16"}))) ==
          std::vector<std::string>{"model.layers[1].out"});
}

TEST_CASE("a run is called as its folder, with the way there if two are called so, and shown once", "[side by side]") {
    const TemporaryFolder folder;
    for (const char* run : {"x/a", "y/a", "y/b"}) leave_run(folder / run, Json::object(), {});
    const auto runs = read_runs({folder / "x/a", folder / "y/a/", folder / "y/b/", folder / "y/../y/b"});
    REQUIRE(runs.size() == 3);
    CHECK(runs[0].name == (folder / "x/a").string());
    CHECK(runs[1].name == (folder / "y/a").string());
    CHECK(runs[2].name == "b");
}

TEST_CASE("how a run is doing is read from its folder", "[side by side]") {
    const TemporaryFolder folder;
    const Json config = {{"train", {{"epochs", 3}}}};
    for (const char* run : {"finished", "stopped", "running", "diverged", "damaged"})
        leave_run(folder / run, config, sample_metrics(std::string(run) == "finished" ? 3 : 2, 3));
    leave_run(folder / "new", config, {});
    const RunLock lock({folder / "running"});
    replace_file(folder / "diverged/diverged.txt", "[run] the loss is not finite in step 400");
    replace_file(folder / "damaged/metrics.jsonl", "{\"epoch\": 1");
    const auto state = [&](const std::string& run) { return read_runs({folder / run})[0].state; };
    CHECK(state("finished").kind == RunState::Kind::finished);
    CHECK(state("stopped").kind == RunState::Kind::stopped);
    CHECK(state("new").kind == RunState::Kind::stopped);
    CHECK(state("running").kind == RunState::Kind::running);
    CHECK(state("diverged").kind == RunState::Kind::diverged);
    CHECK(contains(state("damaged").text, "damaged/metrics.jsonl:1: "));
    const std::string page =
        side_by_side(read_runs({folder / "stopped", folder / "new", folder / "diverged", folder / "damaged"}),
                     folder / "page.html", "");
    CHECK(contains(page, "not finished<span class=\"note\">: "));
    CHECK(contains(page, "damaged/metrics.jsonl:1: "));
    CHECK(contains(page, "diverged<span class=\"note\">: the loss is not finite in step 400"));
    CHECK(nesting_error(page) == "");
}

TEST_CASE("a config that cannot be read is an error that names it", "[side by side]") {
    const TemporaryFolder folder;
    leave_run(folder / "a", Json::object(), {});
    replace_file(folder / "a/config.json", "{\n  \"optim\": {\"lr\": -1}\n}");
    CHECK(contains(error_of([&] { read_runs({folder / "a"}); }), (folder / "a/config.json").string() + ":2: optim.lr"));
}

TEST_CASE("the page of several runs is balanced, escapes names and asks the network for nothing", "[side by side]") {
    const auto runs = GENERATE(sample_runs(1), sample_runs(3), sample_runs(20));
    const std::string page = side_by_side(runs, "runs/page.html", "normlab report");
    CHECK(nesting_error(page) == "");
    CHECK_FALSE(contains(page, "<odd>"));
    for (const char* word : {"http:", "https:", "@import", "url(", "<link", "<iframe", "src="})
        CHECK_FALSE(contains(page, word));
    CHECK_FALSE(contains(page, "data-refresh"));
}

TEST_CASE("the page of several runs has a curve for each that was tested, over epochs and over seconds",
          "[side by side]") {
    auto runs = sample_runs(3);
    runs[1].metrics.clear();
    const std::string page = side_by_side(runs, "runs/page.html", "normlab report");
    const auto curves = all_between(page, "data-y=\"", "\"");
    REQUIRE(curves.size() == 3 * 2 * 2);
    for (const std::string& values : curves) CHECK(std::ranges::count(values, '|') + 1 == 10);
    CHECK(all_between(page, "data-x-title=\"", "\"") ==
          std::vector<std::string>{"epoch", "seconds", "epoch", "seconds", "epoch", "seconds"});
}

TEST_CASE("the tables of several runs can be stacked: each cell but a row's first names its column", "[side by side]") {
    const std::string page = side_by_side(sample_runs(2), "runs/page.html", "normlab report");
    const auto tables = all_between(page, "<table class=\"plain stacks\">", "</table>");
    REQUIRE(tables.size() == 2);
    for (const std::string& table : tables) {
        const auto titles = all_between(table, "<th scope=\"col\"", "</th>");
        const auto rows = all_between(all_between(table, "<tbody>", "</tbody>")[0], "<tr>", "</tr>");
        for (const std::string& row : rows) CHECK(all_between(row, "data-title=\"", "\"").size() == titles.size() - 1);
    }
    CHECK(contains(page, "data-title=\"Epochs\">10</td>"));
    CHECK(contains(page, "data-title=\"digits &lt;odd&gt;\">"));
}

TEST_CASE("runs of which one is tested every few steps are shown over steps", "[side by side]") {
    auto runs = sample_runs(2);
    for (EpochMetrics& each : runs[1].metrics) each.epoch = each.step / 400;
    const std::string page = side_by_side(runs, "runs/page.html", "normlab report");
    CHECK(contains(page, "data-x-title=\"step\""));
    CHECK_FALSE(contains(page, "data-x-title=\"epoch\""));
    CHECK(contains(page, ">1870</td>"));
}

TEST_CASE("the page links to the runs' reports that there are, from where it lies", "[side by side]") {
    const TemporaryFolder folder;
    for (const char* run : {"runs/a=1", "b"}) leave_run(folder / run, Json::object(), sample_metrics(1, 1));
    replace_file(folder / "runs/a=1/report.html", "");
    const std::string page =
        side_by_side(read_runs({folder / "runs/a=1", folder / "b"}), folder / "pages/of/page.html", "");
    CHECK(all_between(page, "<a href=\"", "\"") == std::vector<std::string>{"../../runs/a%3D1/report.html"});
}
