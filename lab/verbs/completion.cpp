#include "lab/verbs/completion.h"

#include <algorithm>
#include <iostream>

#include "framework/support/json_reader.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

// "--set" of "--set KEY=VALUE", "--help" of "-h, --help", "train".
std::string first_word(const std::string& term) {
    const std::size_t name = term.find("--");
    const std::string word = name == std::string::npos ? term : term.substr(name);
    return word.substr(0, word.find(' '));
}

std::string verb_of(const Help& help) {
    return first_word(help.usage.substr(help.usage.find(' ') + 1));
}

std::string words_of(const std::vector<Help::Entry>& entries) {
    std::string words;
    for (const auto& [term, text] : entries) words += (words.empty() ? "" : " ") + first_word(term);
    return words;
}

// 'a word:what it means', for a shell.
std::string described(const std::vector<Help::Entry>& entries) {
    std::string all;
    for (const auto& [term, text] : entries) {
        std::string quoted;
        for (const char c : first_word(term) + ":" + text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
        all += " '" + quoted + "'";
    }
    return all;
}

// For each verb: "        train) WORDS ;;".
template <class Words>
std::string cases(const std::vector<Help>& helps, const Words& words) {
    std::string all;
    for (std::size_t i = 1; i < helps.size(); ++i)
        all += "        " + verb_of(helps[i]) + ") " + words(helps[i]) + " ;;\n";
    return all;
}

std::string roff(const std::string& text) {
    std::string all;
    for (const char c : text) {
        const bool begins = all.empty() || all.back() == '\n';
        if (begins && (c == '.' || c == '\'')) all += "\\&";
        all += c == '\\' ? "\\e" : c == '-' ? "\\-" : std::string(1, c);
    }
    return all;
}

std::string roff_list(const std::vector<Help::Entry>& entries) {
    std::string all;
    for (const auto& [term, text] : entries) all += ".TP\n.B " + roff(term) + "\n" + roff(text) + "\n";
    return all;
}

using Text = std::string (*)(const std::vector<Help>& helps);
const std::vector<std::pair<std::string, Text>> kTexts = {
    {"bash", bash_completion}, {"zsh", zsh_completion}, {"man", man_page}};

}  // namespace

std::string bash_completion(const std::vector<Help>& helps) {
    return "_normlab() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} words=\"" +
           words_of(helps.front().verbs) + " " + words_of(helps.front().options) +
           "\"\n"
           "    [ \"$COMP_CWORD\" -eq 1 ] || case ${COMP_WORDS[1]} in\n" +
           cases(helps, [](const Help& help) { return "words=\"" + words_of(help.options) + "\""; }) +
           "    esac\n"
           "    case $COMP_CWORD,$word in\n"
           "        1,* | *,-*) COMPREPLY=($(compgen -W \"$words\" -- \"$word\")) ;;\n"
           "        *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n"
           "    esac\n"
           "}\n"
           "complete -o filenames -F _normlab normlab ./normlab\n";
}

std::string zsh_completion(const std::vector<Help>& helps) {
    return "#compdef normlab\n"
           "_normlab() {\n"
           "    local -a verbs options\n"
           "    verbs=(" +
           described(helps.front().verbs) +
           ")\n"
           "    if (( CURRENT == 2 )); then _describe verb verbs; return; fi\n"
           "    case $words[2] in\n" +
           cases(helps, [](const Help& help) { return "options=(" + described(help.options) + ")"; }) +
           "    esac\n"
           "    if [[ $words[CURRENT] == -* ]]; then _describe option options; else _files; fi\n"
           "}\n"
           "compdef _normlab normlab ./normlab\n";
}

std::string man_page(const std::vector<Help>& helps) {
    std::string page = ".TH NORMLAB 1\n.SH NAME\nnormlab \\- " + roff(helps.front().about) + "\n";
    for (const Help& help : helps) {
        page += ".SH " + roff(&help == &helps.front() ? "SYNOPSIS" : verb_of(help)) + "\n.B " + roff(help.usage) + "\n";
        if (&help != &helps.front()) page += ".PP\n" + roff(help.about) + "\n";
        page += roff_list(help.verbs) + roff_list(help.words) + roff_list(help.options);
        page += ".PP\n.nf\n" + roff(help.footer) + "\n.fi\n";
    }
    return page;
}

Work define_completion(Arguments& arguments) {
    const auto of = std::make_shared<std::string>();
    arguments.word("OF", *of, "bash, zsh: a script that completes verbs and options; man: a page for man");
    arguments.footer(
        "examples:\n"
        "  source <(normlab completion bash)\n"
        "  normlab completion man > normlab.1 && man ./normlab.1");
    return [of] { return std::cout << JsonReader::chosen(*of, kTexts, "completion")(helps_of(verbs())), 0; };
}

}  // namespace normlab
