// The verbs of the command line. Each is one file here: it defines its options, and says what to do once they are read.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "framework/error.h"

namespace normlab {

// The command line is wrong: exit status 2. Of a ConfigError the same is said.
class UsageError : public Error {
  public:
    using Error::Error;
};

using Work = std::function<int()>;  // returns the exit status; what fails throws

struct Verb {
    std::string name, purpose;
    Work (*define)(CLI::App& app);
};
const std::vector<Verb>& verbs();

Work define_train(CLI::App& app);
Work define_eval(CLI::App& app);
Work define_predict(CLI::App& app);
Work define_summary(CLI::App& app);
Work define_bench(CLI::App& app);
Work define_data(CLI::App& app);
Work define_report(CLI::App& app);

// For an option that takes a whole number of at least `least`.
CLI::Validator whole_number(long least);

// A config, an image, a model that the command line names: a UsageError where it is not there.
void require_file(const std::filesystem::path& path, const std::string& what);

}  // namespace normlab
