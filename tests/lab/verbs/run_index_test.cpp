#include <filesystem>

#include "framework/support/files.h"
#include "tests/catch.h"
#include "tests/lab/child.h"
#include "tests/lab/markup.h"
#include "tests/lab/tiny_run.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

TEST_CASE("a run that ends in runs/ is in runs/index.html, whatever came of it", "[command line]") {
    const TinyRun tiny;
    const auto index = tiny / "runs/index.html";
    REQUIRE(run_normlab(tiny.path(), {"train", "tiny.json", "--quiet", "--out", "elsewhere"}).status == 0);
    REQUIRE_FALSE(std::filesystem::exists(index));
    REQUIRE(run_normlab(tiny.path(), {"train", "tiny.json", "--quiet"}).status == 0);
    const std::string page = read_file(index);
    CHECK(nesting_error(page) == "");
    CHECK(contains(page, "<a href=\"tiny/report.html\">runs/tiny</a>"));
    CHECK(contains(page, "<td data-title=\"State\">finished</td>"));
    REQUIRE(run_normlab(tiny.path(), {"train", "tiny.json", "--quiet", "--out", "runs/hot", "--set", "optim.lr=1e30"})
                .status == 1);
    CHECK(contains(read_file(index), "<td data-title=\"State\">diverged</td>"));
    CHECK(contains(read_file(index), "2 runs"));
}

TEST_CASE("a page of all runs that cannot be written is a warning", "[command line]") {
    const TinyRun tiny;
    std::filesystem::create_directories(tiny / "runs/index.html");
    const Ended ended = run_normlab(tiny.path(), {"train", "tiny.json", "--quiet"});
    CHECK(ended.status == 0);
    CHECK(contains(ended.err, "normlab: runs/index.html is not up to date: "));
}
