#include "lab/compare/verdict.h"

#include <algorithm>
#include <cmath>

#include "lab/text/table.h"

namespace normlab {
namespace {

std::string lead(const Contrast& contrast) {
    return points(std::abs(contrast.difference->mean), contrast.margin());
}

void say_who_is_highest(const Results& results, std::vector<std::string>& sentences) {
    double highest = -1;
    std::string text;
    for (std::size_t variant = 0; variant < results.variants.size(); ++variant)
        for (std::size_t condition = 0; condition < results.conditions.size(); ++condition) {
            const auto sample = sample_of(results.cell(variant, condition), final_accuracy);
            if (!sample || sample->mean <= highest) continue;
            highest = sample->mean;
            const std::string at = results.condition_text(condition);
            text = results.variants[variant] + " ends highest" + (at.empty() ? " with " : ", at " + at + ", with ") +
                   percent(highest) +
                   (sample->count > 1 ? ", the mean over " + counted(static_cast<Index>(sample->count), "seed") : "");
        }
    if (!text.empty()) sentences.push_back(text + ".");
}

// One condition: which variants the first leads, which lead it, which cannot be told apart from it.
void say_who_leads(const Results& results, const std::vector<Contrast>& all, std::vector<std::string>& sentences) {
    const std::string& first = results.variants.front();
    std::vector<std::string> led, leading, tied, unknown;
    for (const Contrast& contrast : all) {
        const std::string& name = results.variants[contrast.variant];
        if (!contrast.difference)
            unknown.push_back(name);
        else if (!contrast.is_told_apart())
            tied.push_back(name);
        else if (contrast.is_ahead())
            leading.push_back(name + " leads " + first + " by " + lead(contrast));
        else
            led.push_back(name + " by " + lead(contrast));
    }
    if (!leading.empty()) sentences.push_back(joined(leading) + " points.");
    if (!led.empty()) sentences.push_back(first + " leads " + joined(led) + " points.");
    if (!tied.empty()) sentences.push_back(joined(tied) + " cannot be told apart from " + first + ".");
    if (!unknown.empty())
        sentences.push_back("How " + joined(unknown) + (unknown.size() == 1 ? " compares" : " compare") + " with " +
                            first + " cannot be said: it takes two finished runs of each.");
}

// Conditions that stand next to each other as "batch size 2, 4 and 8", or "batch size 16 and above" to the end.
std::string conditions_text(const Results& results, const std::vector<std::size_t>& conditions) {
    const std::size_t last = results.conditions.size() - 1;
    const bool consecutive = conditions.back() - conditions.front() + 1 == conditions.size();
    if (!results.condition_numbers.empty() && consecutive && conditions.back() == last && conditions.size() > 2 &&
        std::ranges::is_sorted(results.condition_numbers))
        return "from " + results.condition_text(conditions.front()) + " on";
    std::vector<std::string> texts;
    for (const std::size_t each : conditions)
        texts.push_back(texts.empty() ? results.condition_text(each) : results.conditions[each]);
    return "at " + joined(texts);
}

// A variant and the first under all conditions: "at batch size 2 group leads batch by 6.1 ± 0.8 points; from batch size
// 16 on they cannot be told apart".
void say_where(const Results& results, const std::vector<Contrast>& pair, std::vector<std::string>& sentences) {
    const std::string &first = results.variants.front(), &name = results.variants[pair.front().variant];
    std::vector<std::string> clauses;
    for (const bool ahead : {true, false}) {
        std::vector<std::size_t> where;
        std::vector<std::string> leads;
        for (const Contrast& contrast : pair)
            if (contrast.is_told_apart() && contrast.is_ahead() == ahead) {
                where.push_back(contrast.condition);
                leads.push_back(lead(contrast));
            }
        if (!where.empty())
            clauses.push_back(conditions_text(results, where) + " " + (ahead ? name : first) + " leads " +
                              (ahead ? first : name) + " by " + joined(leads) + " points");
    }
    std::vector<std::size_t> tied, unknown;
    for (const Contrast& contrast : pair) {
        if (!contrast.difference)
            unknown.push_back(contrast.condition);
        else if (!contrast.is_told_apart())
            tied.push_back(contrast.condition);
    }
    if (!tied.empty())
        clauses.push_back(conditions_text(results, tied) + " " + (clauses.empty() ? name + " and " + first : "they") +
                          " cannot be told apart");
    if (!unknown.empty())
        clauses.push_back(conditions_text(results, unknown) + " it cannot be said how " + name + " compares with " +
                          first + ", which takes two finished runs of each");
    std::string text;
    for (const std::string& clause : clauses) text += (text.empty() ? "" : "; ") + clause;
    sentences.push_back(capitalized(text) + ".");
}

void say_who_diverged(const Results& results, std::vector<std::string>& sentences) {
    for (std::size_t variant = 0; variant < results.variants.size(); ++variant) {
        std::vector<std::string> where;
        bool others = false;  // that have a mean
        for (std::size_t condition = 0; condition < results.conditions.size(); ++condition) {
            const Cell& cell = results.cell(variant, condition);
            if (cell.diverged() == 0) continue;
            others = others || sample_of(cell, final_accuracy).has_value();
            const std::string at = results.condition_text(condition);
            if (cell.divergence() == "in tuning") {
                where.push_back((at.empty() ? "" : "at " + at + " ") + "in tuning, with every value");
                continue;
            }
            where.push_back((at.empty() ? "" : "at " + at + " ") + "in " + std::to_string(cell.diverged()) + " of " +
                            counted(static_cast<Index>(cell.runs.size()), "run") + " (" + cell.divergence() + ")");
        }
        if (!where.empty())
            sentences.push_back(results.variants[variant] + " diverged " + joined(where) +
                                (others ? "; means are over the other runs." : "."));
    }
}

}  // namespace

std::vector<Contrast> contrasts(const Results& results) {
    std::vector<Contrast> all;
    std::vector<double> p;
    for (std::size_t condition = 0; condition < results.conditions.size(); ++condition)
        for (std::size_t variant = 1; variant < results.variants.size(); ++variant) {
            const auto difference = difference_of(results.cell(variant, condition), results.cell(0, condition));
            all.push_back({variant, condition, difference});
            if (difference) p.push_back(difference->p());
        }
    const std::vector<double> adjusted = holm(p);
    auto next = adjusted.begin();
    for (Contrast& contrast : all)
        if (contrast.difference) contrast.adjusted_p = *next++;
    return all;
}

std::vector<std::string> verdict(const Results& results) {
    std::vector<std::string> sentences;
    say_who_is_highest(results, sentences);
    const std::vector<Contrast> all = contrasts(results);
    const bool any = std::ranges::any_of(all, [](const Contrast& contrast) { return contrast.difference.has_value(); });
    if (!any && !sentences.empty() && !all.empty()) {
        sentences.push_back(
            "That may be chance: with fewer than two finished runs of a variant nothing can be said about "
            "spread.");
    } else if (results.conditions.size() == 1) {
        say_who_leads(results, all, sentences);
    } else {
        for (std::size_t variant = 1; variant < results.variants.size() && any; ++variant) {
            std::vector<Contrast> pair;
            for (const Contrast& contrast : all)
                if (contrast.variant == variant) pair.push_back(contrast);
            say_where(results, pair, sentences);
        }
    }
    say_who_diverged(results, sentences);
    return sentences;
}

std::string points(double fraction, double margin) {
    const int digits = 100 * margin < 0.095 ? 2 : 1;
    return fixed(100 * fraction, digits) + " \u00b1 " + fixed(100 * margin, digits);
}

}  // namespace normlab
