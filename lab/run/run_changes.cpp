#include "lab/run/run_changes.h"

#include <algorithm>

#include "framework/support/words.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

const std::vector<std::string> kSilent = {"train.threads"};
const std::vector<std::string> kTold = {
    "train.epochs", "train.steps", "train.test_every", "train.checkpoint_every", "train.early_stop", "train.log_every",
    "data.dir",     "watch",       "watch.every"};

struct Change {
    std::string key, text;
};

std::string text_of(const Json* value) {
    return value == nullptr ? "nothing" : shortened(value->dump(), 60);
}

const Json* at(const Json& object, const std::string& key) {
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
}

void compare(const std::string& key, const Json* before, const Json* now, std::vector<Change>& found) {
    if (before != nullptr && now != nullptr) {
        if (*before == *now) return;
        const auto below = [&](const std::string& name) { return key.empty() ? name : key + "." + name; };
        if (before->is_object() && now->is_object()) {
            for (const auto& [name, value] : before->items()) compare(below(name), &value, at(*now, name), found);
            for (const auto& [name, value] : now->items())
                if (!before->contains(name)) compare(below(name), nullptr, &value, found);
            return;
        }
        if (before->is_array() && now->is_array() && before->size() == now->size()) {
            for (std::size_t i = 0; i < now->size(); ++i)
                compare(key + "[" + std::to_string(i) + "]", &(*before)[i], &(*now)[i], found);
            return;
        }
    }
    found.push_back({key, key + " " + text_of(before) + " -> " + text_of(now)});
}

std::vector<Change> compared(const Json& before, const Json& now) {
    std::vector<Change> found;
    compare("", &before, &now, found);
    return found;
}

}  // namespace

std::vector<std::string> changes(const Json& before, const Json& now) {
    std::vector<std::string> texts;
    for (const Change& change : compared(before, now)) texts.push_back(change.text);
    return texts;
}

std::string allowed_changes(const Json& before, const Json& now) {
    std::vector<std::string> told, refused;
    const auto is_in = [](const std::vector<std::string>& keys, const Change& change) {
        return std::ranges::find(keys, change.key) != keys.end();
    };
    for (const Change& change : compared(before, now))
        if (!is_in(kSilent, change)) (is_in(kTold, change) ? told : refused).push_back(change.text);
    require(refused.empty(), "resume",
            "the config is not the one that this run began with: ", some_of(refused, refused.size()),
            "; choose another --out for another run, or undo the change");
    return some_of(told, told.size());
}

}  // namespace normlab
