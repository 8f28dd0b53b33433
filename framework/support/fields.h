// The keys of a section of a config, each listed once: its name, the field that holds it, what it may be, what it
// means.
//
//   void fields(Fields& f, WatchConfig& watch) {
//       f.whole("every", watch.every, {1, kMany}, "Steps between looks");
//   }
//
// Reading a section, writing it in full and describing it in a JSON Schema are three walks over that list. An absent
// key leaves its field unchanged: the fields' initial values are the defaults.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "framework/support/json_reader.h"

namespace normlab {

// The values that a number may have.
struct NumberRange {
    std::optional<double> least = {}, above = {}, most = {}, below = {};
};
inline constexpr NumberRange kAnyNumber{}, kNotNegative{.least = 0}, kPositive{.above = 0},
    kFraction{.least = 0, .most = 1}, kBelowOne{.least = 0, .below = 1};

// The values that a whole number may have. Everything has an upper bound, so that no product of two of them overflows.
struct WholeRange {
    Index least, most;
};
inline constexpr Index kMany = 1'000'000;            // of anything that is counted: images, epochs, steps, channels
inline constexpr Index kManyImages = 1'000'000'000;  // of a data set; steps of a run

// How a value is read (a ConfigError if it is wrong), written in full (empty if it has no default), and described.
struct FieldValue {
    std::function<void(const Json& value, const std::string& path)> read;
    std::function<Json()> write;
    Json schema;
};

FieldValue pair_field(Pair& field, WholeRange range);  // [height, width], or one number for both

class Fields {
  public:
    virtual ~Fields() = default;

    void flag(const char* key, bool& field, const char* about);
    void number(const char* key, double& field, const NumberRange& range, const char* about);
    void number(const char* key, std::optional<double>& field, const NumberRange& range, const char* about);  // or null
    void numbers(const char* key, std::vector<double>& field, const NumberRange& range, const char* about);
    void whole(const char* key, Index& field, WholeRange range, const char* about);
    void whole(const char* key, std::optional<Index>& field, WholeRange range, const char* about);  // or null
    void pair(const char* key, Pair& field, WholeRange range, const char* about);
    void text(const char* key, std::string& field, const char* about);
    void texts(const char* key, std::vector<std::string>& field, const char* about);
    void word(const char* key, std::string& field, const std::vector<std::string>& words, const char* about);
    // One of several words; `table` maps each to its value.
    template <class T>
    void choice(const char* key, T& field, const std::vector<std::pair<std::string, T>>& table, const char* about) {
        std::vector<std::string> words;
        for (const auto& entry : table) words.push_back(entry.first);
        std::string chosen = std::ranges::find(table, field, &std::pair<std::string, T>::second)->first;
        word(key, chosen, words, about);
        field = std::ranges::find(table, chosen, &std::pair<std::string, T>::first)->second;
    }

    // Keys of some types alone, where `of` is "type" and `type` the one at hand. For any other they are not written,
    // and reading one is an error that says whose it is.
    void only_for(const char* of, const std::vector<std::string>& types, const std::string& type,
                  const std::function<void(Fields&)>& visit);

    virtual void value(const char* key, const FieldValue& value, const char* about) = 0;
    virtual void section(const char* key, const char* about, const std::function<void(Fields&)>& visit) = 0;

    // What only some walks use. A rule that concerns more than its key is checked after reading.
    virtual void require_key(const char* /*key*/) {}
    virtual void expect_foreign(const ForeignNames& /*names*/) {}
    virtual void expect_elsewhere(const std::string& /*key*/, const std::string& /*of*/,
                                  const std::vector<std::string>& /*types*/, const std::string& /*type*/) {}
    virtual void check(bool /*holds*/, const char* /*key*/, const std::string& /*rule*/) {}
    virtual bool reads() const { return false; }
    virtual bool writes() const { return false; }
    virtual bool describes() const { return false; }
};

class FieldReader : public Fields {
  public:
    FieldReader(const Json& object, std::string path) : reader_(object, std::move(path)) {}

    void value(const char* key, const FieldValue& value, const char* about) override;
    void section(const char* key, const char* about, const std::function<void(Fields&)>& visit) override;
    void require_key(const char* key) override { reader_.require_key(key); }
    void expect_foreign(const ForeignNames& names) override { reader_.expect_foreign(names); }
    void expect_elsewhere(const std::string& key, const std::string& of, const std::vector<std::string>& types,
                          const std::string& type) override {
        reader_.expect_elsewhere(key, of, types, type);
    }
    void check(bool holds, const char* key, const std::string& rule) override;
    bool reads() const override { return true; }
    void finish() const { reader_.finish(); }

  private:
    JsonReader reader_;
};

class FieldWriter : public Fields {
  public:
    void value(const char* key, const FieldValue& value, const char* about) override;
    void section(const char* key, const char* about, const std::function<void(Fields&)>& visit) override;
    bool writes() const override { return true; }

    Json json = Json::object();
};

class FieldDescriber : public Fields {
  public:
    void value(const char* key, const FieldValue& value, const char* about) override;
    void section(const char* key, const char* about, const std::function<void(Fields&)>& visit) override;
    void require_key(const char* key) override { required_.push_back(key); }
    bool describes() const override { return true; }

    Json schema() const;  // of the object
    Json properties = Json::object();

  private:
    std::vector<std::string> required_;
};

template <class T>
T read_fields(const Json& object, const std::string& path, T defaults = {}) {
    FieldReader reader(object, path);
    fields(reader, defaults);
    reader.finish();
    return defaults;
}

template <class T>
Json written_fields(T section) {
    FieldWriter writer;
    fields(writer, section);
    return writer.json;
}

template <class T>
Json described_fields(T defaults = {}) {
    FieldDescriber describer;
    fields(describer, defaults);
    return describer.schema();
}

}  // namespace normlab
