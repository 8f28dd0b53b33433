// What a claim is: a question about normalization, the statements that answer it, and an experiment that examines them.
//
// An experiment measures. What it measures it writes down as checks: a number, once for each seed, and the range that
// it must lie in. Whether a statement holds follows from its checks by the rule in verdict.h and from nothing else.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "framework/support/scalar.h"
#include "lab/claims/workbench/math.h"
#include "lab/claims/workbench/picture.h"
#include "lab/claims/workbench/words.h"

namespace normlab {

class Workbench;

struct Accepted {
    std::optional<double> low = {}, high = {};
};
inline Accepted at_least(double low) {
    return {.low = low};
}
inline Accepted at_most(double high) {
    return {.high = high};
}
inline Accepted between(double low, double high) {
    return {low, high};
}

struct Check {
    enum class Role {
        proof,    // the statement says that it is so
        limit,    // if it is so, the statement has an end: there it does not hold
        control,  // if it is not so, the instrument is broken and nothing has been shown
        report,   // a number to know; it decides nothing
    };
    Role role = Role::report;
    std::string id;               // "rate-ratio"
    std::vector<int> statements;  // that it belongs to; a control belongs to all
    Words what;                   // "largest rate that works, batch / none"
    std::vector<double> values;   // one for each seed; a single one is exact
    Accepted accepted;
    std::string unit = {};    // "x", "points"; empty for a plain number
    bool ratio = false;       // its logarithm is what is averaged
    std::string source = {};  // where the range comes from

    Check in(std::string name) && { return unit = std::move(name), std::move(*this); }
    Check as_ratio() && { return ratio = true, unit = "x", std::move(*this); }
    Check from(std::string where) && { return source = std::move(where), std::move(*this); }
};

//   proof("rate-ratio", {16}, {"largest rate that works, batch / none", "…"}, ratios, at_least(10)).as_ratio()
inline Check proof(std::string id, std::vector<int> statements, Words what, std::vector<double> values,
                   Accepted accepted) {
    return {Check::Role::proof, std::move(id), std::move(statements), std::move(what), std::move(values), accepted};
}
inline Check limit(std::string id, std::vector<int> statements, Words what, std::vector<double> values,
                   Accepted accepted) {
    return {Check::Role::limit, std::move(id), std::move(statements), std::move(what), std::move(values), accepted};
}
inline Check control(std::string id, Words what, std::vector<double> values, Accepted accepted) {
    return {Check::Role::control, std::move(id), {}, std::move(what), std::move(values), accepted};
}
inline Check report(std::string id, std::vector<int> statements, Words what, std::vector<double> values) {
    return {Check::Role::report, std::move(id), std::move(statements), std::move(what), std::move(values), {}};
}

struct Evidence {
    std::vector<Check> checks;
    std::vector<Picture> pictures;
    std::vector<Words> remarks;  // what else was seen, in whole sentences
    std::string settings = {};   // the nets, as a config describes them
};

struct Claim {
    const char* name;  // "learning-rate"
    Words question;
    std::vector<int> statements;
    double seconds;    // that it takes on two cores, about
    int seeds;         // unless --seeds says otherwise
    Words setting;     // net, data and recipe in a sentence
    Words refutation;  // what would have refuted it
    std::vector<std::string> sources;
    const char* real_data;  // what --real examines it on: "mnist", "cifar10"; null if it cannot
    std::vector<Evidence (*)(Workbench& bench)> examine;  // part by part; what they find is joined
    std::vector<Math> formulas = {};
    Index least_steps = 1;  // that --steps may ask for: with fewer, nothing can be said
};

}  // namespace normlab
