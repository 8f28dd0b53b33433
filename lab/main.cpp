// The program `normlab`. What it can do is in lab/verbs/; here is what all verbs share: the help, how an error is told,
// and the exit status: 0 done, 1 the work failed, 2 the command line or the config is wrong.
#include <csignal>
#include <cstring>
#include <iostream>
#include <new>

#include "framework/options.h"
#include "lab/help.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

constexpr int kDone = 0, kFailed = 1, kWrongUsage = 2;

int told(const std::string& what, int status) {
    std::cerr << "normlab: " << what << std::endl;
    return status;
}

std::string with_suggestion(const std::string& what, const std::string& word, const std::vector<std::string>& known) {
    const std::string near = nearest(word, known);
    return what + " \"" + word + "\"" + (near.empty() ? "" : "; did you mean \"" + near + "\"?");
}

std::vector<std::string> names_of_verbs() {
    std::vector<std::string> names;
    for (const Verb& verb : verbs()) names.push_back(verb.name);
    return names;
}

std::vector<std::string> options_of(const CLI::App& verb) {
    std::vector<std::string> names;
    for (const CLI::Option* option : verb.get_options())
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    return names;
}

void check_verb(int argc, char** argv) {
    if (argc < 2 || argv[1][0] == '-') return;
    const auto known = names_of_verbs();
    if (std::ranges::find(known, argv[1]) == known.end())
        throw UsageError(with_suggestion("there is no verb", argv[1], known) + " (normlab --help lists them)");
}

// CLI11's errors name the option; which verb's help has more is added.
int explain(const CLI::App& app, const CLI::ParseError& error) {
    const auto chosen = app.get_subcommands();
    if (chosen.empty()) return told(std::string(error.what()) + " (see normlab --help)", kWrongUsage);
    const CLI::App& verb = *chosen.front();
    std::string what = error.what();
    for (const std::string& extra : verb.remaining())
        if (extra.starts_with("-"))
            what = with_suggestion("there is no option", extra.substr(0, extra.find('=')), options_of(verb));
    return told(verb.get_name() + ": " + what + " (see normlab " + verb.get_name() + " --help)", kWrongUsage);
}

int run(int argc, char** argv) {
    CLI::App app("Trains small convolutional nets and shows what normalization does in them.", "normlab");
    app.formatter(std::make_shared<Help>());
    app.set_help_flag("--help,-h", "this text; normlab VERB --help says more of a verb");
    app.set_version_flag("--version", "normlab " NORMLAB_VERSION, "which normlab this is");
    app.footer("example:\n  normlab train\n\n"
               "Exit status: 0 done; 1 the work failed; 2 the command line or config is wrong.");
    Work work;
    for (const Verb& verb : verbs()) {
        CLI::App* sub = app.add_subcommand(verb.name, verb.purpose);
        sub->set_help_flag("--help,-h", "this text");
        sub->callback([&work, todo = verb.define(*sub)] { work = todo; });
    }
    check_verb(argc, argv);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForVersion& version) {
        std::cout << version.what() << '\n';
        return kDone;
    } catch (const CLI::Success&) {
        std::cout << app.help();
        return kDone;
    } catch (const CLI::ParseError& error) {
        return explain(app, error);
    }
    if (work) return work();
    std::cerr << app.help();
    return kWrongUsage;
}

// Everything that can go wrong, in words.
int guarded(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const UsageError& error) {
        return told(error.what(), kWrongUsage);
    } catch (const ConfigError& error) {
        return told(error.what(), kWrongUsage);
    } catch (const Error& error) {
        return told(error.what(), kFailed);
    } catch (const std::bad_alloc&) {
        return told("there is not enough memory; a smaller batch needs less", kFailed);
    } catch (const std::filesystem::filesystem_error& error) {
        return told("cannot use " + error.path1().string() + ": " + error.code().message(), kFailed);
    } catch (const std::exception& error) {
        return told(std::string("this should not have happened: ") + error.what(), kFailed);
    }
}

}  // namespace
}  // namespace normlab

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_DFL);  // `normlab … | head` ends quietly, also where the caller ignores the signal
    const int status = normlab::guarded(argc, argv);
    if (std::cout.flush()) return status;
    return normlab::told(std::string("cannot write the output: ") + std::strerror(errno), normlab::kFailed);
}
