#include <algorithm>
#include <map>

#include "lab/compare/side_by_side.h"
#include "lab/run/run_folder.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestValue = 60;

fs::path normal(const fs::path& folder) {
    const fs::path path = folder.lexically_normal();
    return path.has_filename() ? path : path.parent_path();
}

std::string name_in(const fs::path& folder) {
    return fs::absolute(folder).lexically_normal().filename().string();
}

ShownRun read_shown(const fs::path& folder) {
    const Config config = load_config(RunFolder{folder}.config());
    ShownRun run{.name = name_in(folder), .folder = folder, .config = to_json(config)};
    try {
        run.metrics = read_metrics(folder);
        run.state = read_state(folder, config, run.metrics, is_locked({folder}));
    } catch (const Error& error) {
        run.state = {RunState::Kind::stopped, error.what()};
    }
    return run;
}

using Values = std::map<std::string, std::string>;

// Every key at the end of its path; lists of objects, such as layers, one by one. Keys in the order in which they come.
void flatten(const std::string& key, const Json& value, Values& values, std::vector<std::string>& keys) {
    const bool of_objects = value.is_array() && !value.empty() && value.front().is_object();
    if (of_objects)
        for (std::size_t i = 0; i < value.size(); ++i)
            flatten(key + "[" + std::to_string(i) + "]", value[i], values, keys);
    else if (value.is_object() && !value.empty())
        for (const auto& [name, each] : value.items())
            flatten(key.empty() ? name : key + "." + name, each, values, keys);
    else {
        values[key] = shortened(value.is_string() ? value.get<std::string>() : value.dump(), kLongestValue);
        if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
    }
}

}  // namespace

std::vector<ShownRun> read_runs(const std::vector<fs::path>& folders) {
    std::vector<ShownRun> runs;
    for (const fs::path& folder : folders) {
        const auto is_same = [&](const ShownRun& run) { return fs::equivalent(run.folder, folder); };
        if (std::ranges::none_of(runs, is_same)) runs.push_back(read_shown(normal(folder)));
    }
    std::map<std::string, int> count;
    for (const ShownRun& run : runs) ++count[run.name];
    for (ShownRun& run : runs)
        if (count[run.name] > 1) run.name = run.folder.string();
    return runs;
}

std::vector<ConfigDifference> differences(const std::vector<ShownRun>& runs) {
    std::vector<std::string> keys;
    std::vector<Values> all;
    for (const ShownRun& run : runs) flatten("", run.config, all.emplace_back(), keys);
    std::vector<ConfigDifference> found;
    for (const std::string& key : keys) {
        ConfigDifference each{.key = key, .values = {}};
        for (Values& values : all) each.values.push_back(values[key]);
        const bool differs =
            std::ranges::any_of(each.values, [&](const auto& value) { return value != each.values[0]; });
        if (differs && key != "name") found.push_back(each);
    }
    return found;
}

}  // namespace normlab
