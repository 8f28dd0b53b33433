// A claim examined: the evidence and how it was obtained, kept in the claim's folder as evidence.json.
//
//   runs/claims/claims.html             the page of all that has been examined
//   runs/claims/claims.json             the same as numbers
//   runs/claims/NAME/evidence.json      what one experiment measured
//   runs/claims/NAME/pieces.jsonl       its finished pieces, while it is under way
#pragma once

#include <filesystem>
#include <optional>

#include "framework/support/json_reader.h"
#include "lab/claims/verdict.h"
#include "lab/claims/workbench/workbench.h"

namespace normlab {

std::string word_of(Verdict verdict);  // "in part"

struct Examined {
    const Claim* claim;
    Evidence evidence;
    std::vector<std::uint64_t> seeds;
    bool real = false, quick = false;
    std::optional<Index> steps = {};  // instead of the experiment's own
    double seconds = 0;
    std::string kernels;  // "v3": verdicts must not depend on them, digits of numbers do

    Verdict verdict(int statement) const { return verdict_on(statement, evidence.checks); }
    bool as_expected() const;  // every statement's verdict
};

Json to_json(const Examined& examination);  // with verdicts and outcomes, for other programs
// Empty if there is none; an Error if the file is not what was written.
std::optional<Examined> read_examination(const Claim& claim, const std::filesystem::path& folder);
void write_examination(const Examined& examination, const std::filesystem::path& folder);

// What to examine with, but for the claim's own.
struct ExamineOptions {
    std::filesystem::path out;
    std::optional<int> seeds;      // how many
    std::uint64_t first_seed = 1;  // they count on from it
    std::optional<Index> steps;
    bool real = false, quick = false;
    const std::atomic<bool>* stop = nullptr;
    std::function<void(std::size_t done, std::size_t of)> progress = {};
    std::vector<std::uint64_t> seeds_of(const Claim& claim) const;
};
// Whether it was examined with these options, so that there is no need to do it again.
bool is_of(const Examined& examination, const ExamineOptions& options);
// Throws an Error if there is nothing to be seen in so few steps.
void require_enough_steps(const Claim& claim, const ExamineOptions& options);
// Throws Stopped.
Examined examine(const Claim& claim, const ExamineOptions& options);

}  // namespace normlab
