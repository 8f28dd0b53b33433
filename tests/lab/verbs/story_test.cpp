#include <sstream>

#include "tests/catch.h"
#include "tests/lab/child.h"
#include "tests/lab/project.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

// The commands of a page, as words, on small and embedded data, which needs no download.
std::vector<std::vector<std::string>> commands_of(const std::filesystem::path& page) {
    std::vector<std::vector<std::string>> commands;
    std::istringstream lines(read_file(page));
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("./normlab ") || line.starts_with("./normlab data ")) continue;
        std::istringstream words(line);
        std::vector<std::string> command;
        for (std::string word; words >> word;) {
            std::erase(word, '\'');  // they are the shell's
            command.push_back(word == "fashion_mnist" ? "digits" : word);
            if (word.ends_with("resnet20.json")) command.insert(command.end(), {"--set", "model.arch=resnet8"});
        }
        command.erase(command.begin());
        if (command[0] == "train")
            for (const char* setting :
                 {"data.name=digits", "data.train_limit=128", "data.test_limit=40", "train.epochs=1"})
                command.insert(command.end(), {"--set", setting});
        commands.push_back(std::move(command));
    }
    return commands;
}

}  // namespace

TEST_CASE("every command of the guide to fine-tuning does its work on the embedded digits", "[documentation]") {
    const TemporaryFolder folder;
    for (const char* part : {"configs", "docs"}) std::filesystem::create_symlink(kProject / part, folder / part);
    const auto commands = commands_of(kProject / "docs/fine_tuning.md");
    REQUIRE(commands.size() >= 15);
    for (const auto& command : commands) {
        const Ended outcome = run_normlab(folder.path(), command);
        std::string line;
        for (const std::string& word : command) line += word + " ";
        INFO(line << "\n" << outcome.err);
        const bool finds_something = command[0] == "doctor" && outcome.status == 1 && outcome.err.empty();
        CHECK((outcome.status == 0 || finds_something));
    }
    for (const char* made : {"runs/folded.safetensors", "runs/digits.onnx", "runs/seen.html", "runs/kept/report.html"})
        CHECK(std::filesystem::exists(folder / made));
}
