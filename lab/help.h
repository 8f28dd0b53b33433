// How `normlab --help` and `normlab VERB --help` look: 80 columns, options beside what they do, an example below.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace normlab {

class Help : public CLI::FormatterBase {
  public:
    std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
};

}  // namespace normlab
