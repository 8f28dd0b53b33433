// What a verb takes from the command line. CLI11 reads it; its long header is included by command_line.cpp alone, as
// every file that includes it takes ten seconds to compile.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "framework/support/error.h"
#include "framework/support/scalar.h"

namespace CLI {
class App;
}

namespace normlab {

// The command line is wrong: exit status 2, as for a ConfigError.
class UsageError : public Error {
  public:
    using Error::Error;
};

// Where the words of a verb's command line go, and what its help says of each. The variables must outlive the reading.
class Arguments {
  public:
    explicit Arguments(CLI::App& verb) : verb_(verb) {}

    // Words in their order: one, at least one, any number, one or none.
    void word(const std::string& name, std::string& value, const std::string& text);
    void words(const std::string& name, std::vector<std::string>& values, const std::string& text);
    void optional_words(const std::string& name, std::vector<std::string>& values, const std::string& text);
    void optional_word(const std::string& name, std::string& value, const std::string& text);

    // --name TYPE; --name TYPE, repeatable; --name N, a whole number of at least `least`; --name.
    void option(const std::string& name, const std::string& type, std::string& value, const std::string& text);
    void options(const std::string& name, const std::string& type, std::vector<std::string>& values,
                 const std::string& text);
    void number(const std::string& name, Index& value, Index least, const std::string& text);
    void threads(Index& value);  // --threads N
    void flag(const std::string& name, bool& value, const std::string& text);

    void footer(const std::string& text);  // below all that: further explanations and an example

  private:
    CLI::App& verb_;
};

using Work = std::function<int()>;  // returns the exit status; what fails throws

struct Verb {
    std::string name, purpose;
    Work (*define)(Arguments& arguments);
    bool shared = false;  // among the processes that mpirun starts; of other verbs' work the first does all
};

// What the command line asks for: the work of a verb, or a text to show. A UsageError if it is wrong.
Work read_command_line(int argc, char** argv, const std::vector<Verb>& verbs, const std::string& version);

}  // namespace normlab
