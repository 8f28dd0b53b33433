#include "lab/compare/run_list.h"

#include <sys/stat.h>

#include <algorithm>

#include "lab/report/page.h"
#include "lab/run/run_lock.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

std::time_t time_of(const fs::path& file) {
    struct stat status {};
    return ::stat(file.c_str(), &status) == 0 ? status.st_mtime : 0;
}

std::string text_of(std::time_t when) {
    char text[20];
    std::tm parts{};
    return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", ::localtime_r(&when, &parts)));
}

ListedRun listed_run(const fs::path& folder) {
    const RunFolder run{folder};
    ListedRun listed{.folder = folder.lexically_normal(),
                     .when = std::max(time_of(run.metrics()), time_of(run.config()))};
    try {
        const Config config = load_config(run.config());
        listed.data = config.data.source.name;
        listed.net = config.model.value("arch", "layers");
        listed.norm = config.model.at("norm").at("type").get<std::string>();
        const std::vector<EpochMetrics> metrics = read_metrics(folder);
        listed.state = words_for(read_state(folder, config, metrics, is_locked(run)).kind);
        if (!metrics.empty()) listed.accuracy = metrics.back().test.value_or(metrics.back().judged()).accuracy;
    } catch (const Error&) {
        listed.state = "damaged";
    }
    return listed;
}

ListedRun listed_comparison(const fs::path& folder) {
    const RunFolder comparison{folder};
    ListedRun listed{.folder = folder.lexically_normal(), .when = time_of(comparison.comparison())};
    Index count = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
        const RunFolder run{entry.path()};
        count += fs::exists(run.config());
        listed.when = std::max(listed.when, time_of(run.metrics()));
    }
    listed.state = "comparison of " + counted(count, "run");
    return listed;
}

void collect(const fs::path& folder, std::vector<ListedRun>& runs) {
    if (fs::exists(RunFolder{folder}.comparison())) return runs.push_back(listed_comparison(folder));
    if (fs::exists(RunFolder{folder}.config())) return runs.push_back(listed_run(folder));
    std::error_code unreadable;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, unreadable))
        if (entry.is_directory()) collect(entry.path(), runs);
}

}  // namespace

std::vector<ListedRun> list_runs(const fs::path& root) {
    std::vector<ListedRun> runs;
    collect(root, runs);
    std::ranges::sort(runs, {}, &ListedRun::folder);
    std::ranges::stable_sort(runs, std::greater{}, &ListedRun::when);
    return runs;
}

std::string to_text(const std::vector<ListedRun>& runs) {
    using enum Table::Align;
    Table table({{"run"}, {"data"}, {"net"}, {"norm"}, {"state"}, {"accuracy", right}, {"when"}});
    for (const ListedRun& run : runs)
        table.add({run.folder.string(), run.data, run.net, run.norm, run.state,
                   run.accuracy ? percent(*run.accuracy) : "", text_of(run.when)});
    return table.text();
}

Json to_json(const std::vector<ListedRun>& runs) {
    Json list = Json::array();
    for (const ListedRun& run : runs)
        list.push_back({{"run", run.folder.string()},
                        {"data", run.data},
                        {"net", run.net},
                        {"norm", run.norm},
                        {"state", run.state},
                        {"accuracy", run.accuracy ? Json(*run.accuracy) : Json()},
                        {"when", text_of(run.when)}});
    return {{"runs", list}};
}

std::string runs_page(const std::vector<ListedRun>& runs, const fs::path& file) {
    const fs::path here = fs::absolute(file).parent_path().lexically_normal();
    PlainTable table{.columns = {{"Run"}, {"Accuracy", true}, {"State"}, {"Data"}, {"Net"}, {"Norm"}, {"When", true}},
                     .stacks = true};
    for (const ListedRun& run : runs) {
        const fs::path report = fs::absolute(RunFolder{run.folder}.report()).lexically_normal();
        Html name = run.folder.string();
        if (fs::exists(report)) name = tag("a", {{"href", address(report.lexically_relative(here).string())}}, name);
        table.rows.push_back({name, run.accuracy ? percent(*run.accuracy) : "", run.state, run.data, run.net, run.norm,
                              text_of(run.when)});
    }
    const std::string title = counted(static_cast<Index>(runs.size()), "run");
    const Html heading = tag("header", {}, tag("p", {{"class", "over"}}, "Normlab runs") + tag("h1", {}, title));
    return to_html(Page{
        .title = title + " \u00b7 Normlab",
        .body = heading + section("Runs", "The newest first; the accuracy is that of the last test.", to_html(table))});
}

}  // namespace normlab
