// A config file as a user wrote it, with what --set changes in it: it knows the line of each key, so that an error can
// name it.
//   configs/mnist.json:12: model.norm.momentun: unknown key; did you mean "momentum"?
//   --set optim.lr: must be at least 0, got -1
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "framework/support/json_reader.h"

namespace normlab {

class ConfigFile {
  public:
    ConfigFile(std::filesystem::path path, const std::vector<std::string>& overrides);

    const Json& json() const { return json_; }

    // The result of `use` on the json; its ConfigErrors get their place.
    template <class Use>
    auto read_with(const Use& use) const {
        try {
            return use(json_);
        } catch (const ConfigError& error) {
            throw with_place(error);
        }
    }

  private:
    ConfigError with_place(const ConfigError& error) const;

    std::filesystem::path path_;
    Json json_;
    std::map<std::string, std::size_t> lines_;  // by the path of a key
    std::vector<std::string> overridden_;       // paths of keys
};

}  // namespace normlab
