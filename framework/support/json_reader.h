// Reading a JSON object key by key: each key has a type and a default, and a key that was not asked for is an error
// that names the nearest known one:   model.norm.momentun: unknown key; did you mean "momentum"?
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "framework/support/error.h"
#include "framework/support/scalar.h"
#include "framework/support/shape.h"

namespace normlab {

using Json = nlohmann::ordered_json;

// Objects and lists within each other: more than any file of ours has, and few enough that a function may call itself
// for each.
inline constexpr int kDeepestJson = 100;

// `is_discarded()` where the text is not JSON, or nested deeper.
Json parse_json(std::string_view text);

// Something is wrong in a config; `path` says where: "model.layers[3].kernel", and `rule` what.
class ConfigError : public Error {
  public:
    ConfigError(std::string at, std::string what)
        : Error((at.empty() ? "config" : at) + ": " + what), path(std::move(at)), rule(std::move(what)) {}
    std::string path, rule;
};

// "conv2d, linear or relu", and the one among them that `word` is most likely meant to be (empty if none is close).
std::string listed(const std::vector<std::string>& words);
std::string nearest(const std::string& word, const std::vector<std::string>& words);

// Another program's word for a key, and what to write here: `here`, or what `advice` says. It is given where `here` is
// a key, or everywhere if that is empty.
struct ForeignName {
    std::string name, here, advice = {};
};
using ForeignNames = std::vector<ForeignName>;

class JsonReader {
  public:
    JsonReader(const Json& object, std::string path);  // `object` must outlive this

    // The value of `key`, or the default if the key is absent. get<T> without a default: the key is required.
    template <class T>
    T get(const std::string& key, const T& otherwise) {
        const Json* value = find(key);
        return value == nullptr ? otherwise : convert<T>(*value, path_of(key));
    }
    template <class T>
    T get(const std::string& key) {
        require_key(key);
        return convert<T>(*find(key), path_of(key));
    }
    // One of several words; `table` maps each to its value.
    template <class T>
    T choice(const std::string& key, const std::vector<std::pair<std::string, T>>& table, const T& otherwise) {
        return find(key) == nullptr ? otherwise : chosen(get<std::string>(key), table, path_of(key));
    }

    const Json* find(const std::string& key);  // null if absent
    void require_key(const std::string& key) {
        if (find(key) == nullptr) missing(key);
    }
    const std::string& path() const { return path_; }
    std::string path_of(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }

    void expect_foreign(const ForeignNames& names) { foreign_ = &names; }  // which must outlive this
    // Where `of` is "type": the key is one of `types`, not of `type`, which is the one at hand.
    void expect_elsewhere(const std::string& key, const std::string& of, const std::vector<std::string>& types,
                          const std::string& type);
    void finish() const;  // an error unless every key was asked for

    template <class T>
    static T convert(const Json& value, const std::string& path);

    template <class T>
    static T chosen(const std::string& word, const std::vector<std::pair<std::string, T>>& table,
                    const std::string& path) {
        std::vector<std::string> words;
        for (const auto& [name, value] : table) {
            if (name == word) return value;
            words.push_back(name);
        }
        const std::string near = nearest(word, words);
        throw ConfigError(path, "unknown value \"" + word + "\"; " +
                                    (near.empty() ? "" : "did you mean \"" + near + "\"? ") +
                                    "known: " + listed(words));
    }

  private:
    [[noreturn]] void missing(const std::string& key) const;
    std::string objection_to(const std::string& unknown) const;

    const Json& object_;
    std::string path_;
    std::vector<std::string> known_;
    const ForeignNames* foreign_ = nullptr;
    std::vector<std::pair<std::string, std::string>> elsewhere_;  // keys, and whose they are
};

}  // namespace normlab
