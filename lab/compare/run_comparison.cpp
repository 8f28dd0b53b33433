#include "lab/compare/run_comparison.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "framework/support/files.h"
#include "framework/support/threads.h"
#include "framework/support/words.h"
#include "lab/run/run_folder.h"
#include "lab/run/run_lock.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

// The images of a run. The last set is kept, as most sweeps have only one.
class ImageStore {
  public:
    explicit ImageStore(const Sweep& sweep) : with_test_(!sweep.tunes()) {}

    const Split& of(const Config& config) {
        const DataSource& source = config.data.source;
        if (source != source_) split_ = load(source), source_ = source;
        if (!with_test_) split_.test = {};
        return split_;
    }

  private:
    bool with_test_;
    std::optional<DataSource> source_;
    Split split_;
};

// What identifies a run: its config without the keys that change none of its numbers.
using Identity = nlohmann::json;  // in which the order of keys does not count
Identity identity_of(const Json& config) {
    Identity identity = config;
    identity.erase("name");
    for (const char* key : {"threads", "checkpoint_every"}) identity["train"].erase(key);
    return identity;
}
// As a run writes it, with the scale of pixels that "auto" stands for.
Identity identity_of(const PlannedRun& run, ImageStore& images) {
    Json config = run.full;
    if (config["data"]["normalize"] == "auto")
        config["data"]["normalize"] = to_json(parse_scale("auto", "data.normalize", images.of(run.config).train));
    return identity_of(config);
}

// The runs in a folder by name. A config that is not a run's is an Error: no new run is begun beside unknown files.
std::map<std::string, Identity> runs_in(const fs::path& folder) {
    std::map<std::string, Identity> runs;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
        const fs::path config = RunFolder{entry.path()}.config();
        if (!fs::exists(config)) continue;
        const Json json = parse_json(read_file(config));
        const bool is_runs = json.is_object() && json.contains("train") && json["train"].is_object();
        require(is_runs, "compare", config.string(),
                " is not the config of a run: it was damaged or is another program's; move ", entry.path().string(),
                " out of the comparison's folder");
        runs[entry.path().filename().string()] = identity_of(completed(json));
    }
    return runs;
}

// What another process has begun since `taken` was read is a run of the same sweep, under the name that it has here.
std::string free_name(const std::set<std::string>& taken, const std::string& wish) {
    std::string name = wish;
    for (int number = 2; taken.contains(name); ++number) name = wish + "-" + std::to_string(number);
    return name;
}

// Finds the folder of each run of the sweep, and reads what is in it.
void find_runs(Comparison& comparison, ImageStore& images, ComparisonObserver& observer) {
    std::map<std::string, Identity> there = runs_in(comparison.folder);
    const bool any = !there.empty();
    std::set<std::string> taken;
    for (const auto& [name, unused] : there) taken.insert(name);
    for (const bool by_name : {true, false})
        for (std::size_t i = 0; i < comparison.runs.size() && !there.empty(); ++i) {
            ComparedRun& run = comparison.runs[i];
            if (!run.folder.empty()) continue;
            const Identity wanted = identity_of(comparison.sweep.runs[i], images);
            const auto fits = [&](const auto& each) {
                return each.second == wanted && (!by_name || each.first == comparison.sweep.runs[i].name);
            };
            const auto found = std::ranges::find_if(there, fits);
            if (found == there.end()) continue;
            run.folder = found->first;
            const std::string trouble = read_run(run, comparison.folder / run.folder);
            if (!trouble.empty()) observer.message(trouble + "; the run is resumed");
            there.erase(found);
        }
    for (std::size_t i = 0; i < comparison.runs.size(); ++i)
        if (comparison.runs[i].folder.empty())
            comparison.runs[i].folder = free_name(taken, comparison.sweep.runs[i].name);
    if (!any) return;
    observer.message(std::to_string(comparison.ended()) + " of " + std::to_string(comparison.runs.size()) +
                     " runs have ended before and are not run again");
    std::vector<std::string> others;
    for (const auto& [name, unused] : there) others.push_back(name);
    if (!others.empty())
        observer.message("not of this config, left alone and out of the comparison: " + some_of(others, 3));
}

// One seed of each variant before the next, so that there is something to compare early.
std::vector<std::size_t> order_of(const Sweep& sweep) {
    std::vector<std::size_t> order(sweep.runs.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto seed = std::ranges::find_if(sweep.axes, &SweepAxis::is_seed);
    if (seed == sweep.axes.end()) return order;
    const auto axis = static_cast<std::size_t>(seed - sweep.axes.begin());
    std::ranges::stable_sort(order, {}, [&](std::size_t run) { return sweep.runs[run].at[axis]; });
    return order;
}

// Whoever is alone in a folder says what is compared there; whoever comes meanwhile compares the same.
void require_same(const RunFolder& folder, const Sweep& sweep) {
    const Identity there = parse_json(read_file(folder.comparison())), here = sweep.json;
    require(there == here, "compare", "another process works on another comparison in ", folder.path.string(),
            ": wait until it has ended, or choose another --out");
}

}  // namespace

Comparison run_comparison(const Sweep& sweep, const ComparisonOptions& options, ComparisonObserver& observer) {
    const RunFolder folder{options.out};
    require(!fs::exists(folder.config()), "compare", options.out.string(), " is a run's folder: choose another --out");
    std::optional<RunLock> lock;
    do lock.emplace(folder);
    while (!lock->held() && !lock->share());
    const bool alone = lock->held();
    if (!alone) {
        require_same(folder, sweep);
        observer.message("another process works in " + options.out.string() + ", too: they share the runs");
    }
    if (options.threads) set_threads(static_cast<int>(*options.threads));
    Comparison comparison{.folder = options.out, .sweep = sweep, .runs = std::vector<ComparedRun>(sweep.runs.size())};
    comparison.fairness = fairness_of(sweep);
    const auto share = [&] {
        if (!alone) return;
        replace_file(folder.comparison(), sweep.json.dump(2) + "\n");
        lock->share();
        require_same(folder, sweep);
    };
    if (sweep.tune) {
        run_tuning(comparison, options, observer, share);
        if (comparison.stopped) return comparison;
    }
    ImageStore images(sweep);
    find_runs(comparison, images, observer);
    end_untunable_runs(comparison);
    const std::vector<std::size_t> order = order_of(sweep);
    const auto next = std::ranges::find_if(order, [&](std::size_t i) { return !comparison.runs[i].ended(); });
    if (next != order.end()) images.of(comparison.sweep.runs[*next].config);  // an error now leaves nothing behind
    if (!sweep.tune) share();
    write_all(comparison, observer);
    observer.begin(comparison);
    const ImagesOf images_of = [&](const Config& config) -> const Split& { return images.of(config); };
    run_all(comparison, order, images_of, options, observer);
    return comparison;
}

}  // namespace normlab
