#include "lab/verbs/command_line.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <iostream>
#include <limits>

#include "framework/support/json_reader.h"
#include "framework/support/threads.h"
#include "lab/verbs/help.h"

namespace normlab {
namespace {

CLI::Validator whole_number(Index least, Index most = std::numeric_limits<Index>::max()) {
    const auto check = [least, most](const std::string& text) -> std::string {
        Index number = 0;
        const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
        const bool is_number = problem == std::errc() && end == text.data() + text.size();
        if (is_number && number > most) return "expected at most " + std::to_string(most) + ", got " + text;
        if (is_number && number >= least) return "";
        return "expected a whole number of at least " + std::to_string(least) + ", got " + text;
    };
    return CLI::Validator(check, "");
}

std::string term_of(const CLI::Option& option) {
    std::string term = option.get_name(option.get_positional(), true);
    if (const std::size_t comma = term.find(','); comma != std::string::npos) term.insert(comma + 1, " ");
    if (option.get_positional()) return term + (option.get_items_expected_max() > 1 ? " ..." : "");
    return term + (option.get_type_size() > 0 ? " " + option.get_type_name() : "");
}

Help help_of(const CLI::App& app, const std::string& name) {
    Help help{.about = app.get_description(), .usage = name, .footer = app.get_footer()};
    for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
        help.verbs.emplace_back(verb->get_name(), verb->get_description());
    for (const CLI::Option* option : app.get_options()) {
        const bool is_word = option->get_positional();
        (is_word ? help.words : help.options).emplace_back(term_of(*option), option->get_description());
        if (!is_word) continue;
        help.usage += option->get_required() ? " " + term_of(*option) : " [" + term_of(*option) + "]";
    }
    help.usage += help.verbs.empty() ? " [OPTION]..." : " VERB ...";
    return help;
}

class Formatter : public CLI::FormatterBase {
  public:
    std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode) const override {
        return help_of(*app, name).text();
    }
};

std::string with_suggestion(const std::string& what, const std::string& word, const std::vector<std::string>& known) {
    const std::string near = nearest(word, known);
    return what + " \"" + word + "\"" + (near.empty() ? "" : "; did you mean \"" + near + "\"?");
}

std::vector<std::string> options_of(const CLI::App& verb) {
    std::vector<std::string> names;
    for (const CLI::Option* option : verb.get_options())
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    return names;
}

void check_verb(const std::string& word, const std::vector<Verb>& verbs) {
    std::vector<std::string> known;
    for (const Verb& verb : verbs) known.push_back(verb.name);
    if (!word.starts_with('-') && std::ranges::find(known, word) == known.end())
        throw UsageError(with_suggestion("there is no verb", word, known) + " (normlab --help lists them)");
}

// CLI11's errors name the option; which verb's help has more is added.
UsageError explained(const CLI::App& app, const CLI::ParseError& error) {
    const auto chosen = app.get_subcommands();
    if (chosen.empty()) return UsageError(std::string(error.what()) + " (see normlab --help)");
    const CLI::App& verb = *chosen.front();
    std::string what = error.what();
    for (const std::string& extra : verb.remaining())
        if (extra.starts_with("-"))
            what = with_suggestion("there is no option", extra.substr(0, extra.find('=')), options_of(verb));
    return UsageError(verb.get_name() + ": " + what + " (see normlab " + verb.get_name() + " --help)");
}

// The verb that is read leaves its work.
std::unique_ptr<CLI::App> make_app(const std::vector<Verb>& verbs, const std::string& version, Work& work) {
    auto app = std::make_unique<CLI::App>("Trains small convolutional nets and shows what normalization does in them.",
                                          "normlab");
    app->formatter(std::make_shared<Formatter>());
    app->set_help_flag("--help,-h", "this text; normlab VERB --help says more of a verb");
    app->set_version_flag("--version", "normlab " + version, "which normlab this is");
    app->footer(
        "example:\n  normlab train\n\n"
        "Exit status: 0 done; 1 the work failed; 2 the command line or config is wrong.");
    app->require_subcommand(0, 1);  // a word after the verb is the verb's, also where another verb is called so
    for (const Verb& verb : verbs) {
        CLI::App* sub = app->add_subcommand(verb.name, verb.purpose);
        sub->set_help_flag("--help,-h", "this text");
        Arguments arguments(*sub);
        sub->callback([&work, todo = verb.define(arguments)] { work = todo; });
    }
    return app;
}

Work show(std::ostream& stream, const std::string& text, int status) {
    return [&stream, text, status] { return stream << text, status; };
}

}  // namespace

void Arguments::word(const std::string& name, std::string& value, const std::string& text) {
    verb_.add_option(name, value, text)->required();
}
void Arguments::words(const std::string& name, std::vector<std::string>& values, const std::string& text) {
    verb_.add_option(name, values, text)->required();
}
void Arguments::optional_words(const std::string& name, std::vector<std::string>& values, const std::string& text) {
    verb_.add_option(name, values, text);
}
void Arguments::optional_word(const std::string& name, std::string& value, const std::string& text) {
    verb_.add_option(name, value, text);
}
void Arguments::option(const std::string& name, const std::string& type, std::string& value, const std::string& text) {
    verb_.add_option(name, value, text)->type_name(type);
}
void Arguments::options(const std::string& name, const std::string& type, std::vector<std::string>& values,
                        const std::string& text) {
    verb_.add_option(name, values, text)->type_name(type)->allow_extra_args(false);
}
void Arguments::number(const std::string& name, Index& value, Index least, const std::string& text) {
    verb_.add_option(name, value, text)->type_name("N")->check(whole_number(least));
}
void Arguments::threads(Index& value) {
    verb_.add_option("--threads", value, "(default: one for each processor)")
        ->type_name("N")
        ->check(whole_number(1, kMostThreads));
}
void Arguments::overrides(std::vector<std::string>& values) {
    options("--set", "KEY=VALUE", values, "another value for a key of the config; can be given again");
}
void Arguments::flag(const std::string& name, bool& value, const std::string& text) {
    verb_.add_flag(name, value, text);
}
void Arguments::footer(const std::string& text) {
    verb_.footer(text);
}

std::vector<Help> helps_of(const std::vector<Verb>& verbs) {
    Work unused;
    const auto app = make_app(verbs, "", unused);
    std::vector<Help> helps = {help_of(*app, "normlab")};
    for (const CLI::App* verb : app->get_subcommands([](const CLI::App*) { return true; }))
        helps.push_back(help_of(*verb, "normlab " + verb->get_name()));
    return helps;
}

Work read_command_line(int argc, char** argv, const std::vector<Verb>& verbs, const std::string& version) {
    Work work;
    const auto app = make_app(verbs, version, work);
    if (argc < 2) return show(std::cerr, app->help(), 2);
    check_verb(argv[1], verbs);
    try {
        app->parse(argc, argv);
    } catch (const CLI::CallForVersion& asked) {
        return show(std::cout, asked.what() + std::string("\n"), 0);
    } catch (const CLI::Success&) {
        return show(std::cout, app->help(), 0);
    } catch (const CLI::ParseError& error) {
        throw explained(*app, error);
    }
    return work ? work : show(std::cerr, app->help(), 2);
}

}  // namespace normlab
