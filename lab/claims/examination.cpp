#include "lab/claims/examination.h"

#include <algorithm>
#include <chrono>
#include <numeric>

#include "framework/kernels/kernels.h"
#include "framework/support/files.h"
#include "lab/claims/evidence_json.h"
#include "lab/claims/workbench/numbers_json.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

constexpr int kVersion = 1;

const std::vector<std::pair<Verdict, const char*>> kVerdicts = {{Verdict::holds, "holds"},
                                                                {Verdict::in_part, "in part"},
                                                                {Verdict::contradicted, "contradicted"},
                                                                {Verdict::undecided, "undecided"},
                                                                {Verdict::invalid, "invalid"}};

std::string word_of(CheckResult outcome) {
    switch (outcome) {
        case CheckResult::met: return "met";
        case CheckResult::missed: return "missed";
        case CheckResult::undecided: break;
    }
    return "undecided";
}

Json with_result(const Check& check) {
    Json json = to_json(check);
    const auto [value, low, high] = measured(check);
    json["value"] = number_to_json(value);
    json["interval"] = numbers_to_json({low, high});
    json["result"] = word_of(result_of(check));
    return json;
}

Json statement_to_json(int number, const Examined& examination) {
    const Statement& about = statement(number);
    return {{"number", number},
            {"text", to_json(about.text)},
            {"lessons", about.lessons},
            {"expected", about.expected ? Json(word_of(*about.expected)) : Json()},
            {"verdict", word_of(examination.verdict(number))}};
}

fs::path evidence_file(const Claim& claim, const fs::path& folder) {
    return folder / claim.name / "evidence.json";
}

fs::path pieces_file(const Claim& claim, const fs::path& folder) {
    return folder / claim.name / "pieces.jsonl";
}

Examined examination_from(const Claim& claim, const Json& json) {
    Examined found{.claim = &claim,
                   .seeds = json.at("seeds").get<std::vector<std::uint64_t>>(),
                   .real = json.at("real").get<bool>(),
                   .quick = json.at("quick").get<bool>(),
                   .seconds = json.at("seconds").get<double>(),
                   .kernels = json.at("kernels").get<std::string>()};
    if (json.contains("steps") && !json["steps"].is_null()) found.steps = json["steps"].get<Index>();
    for (const Json& check : json.at("checks")) found.evidence.checks.push_back(check_from(check));
    for (const Json& picture : json.at("pictures")) found.evidence.pictures.push_back(picture_from(picture));
    for (const Json& remark : json.at("remarks")) found.evidence.remarks.push_back(words_from(remark));
    found.evidence.settings = json.at("settings").get<std::string>();
    return found;
}

void join(Evidence& all, Evidence part) {
    std::ranges::move(part.checks, std::back_inserter(all.checks));
    std::ranges::move(part.pictures, std::back_inserter(all.pictures));
    std::ranges::move(part.remarks, std::back_inserter(all.remarks));
    if (all.settings.empty()) all.settings = std::move(part.settings);
}

}  // namespace

std::string word_of(Verdict verdict) {
    return std::ranges::find(kVerdicts, verdict, &std::pair<Verdict, const char*>::first)->second;
}

bool Examined::as_expected() const {
    return std::ranges::all_of(claim->statements,
                               [&](int number) { return verdict(number) == statement(number).expected; });
}

Json to_json(const Examined& examination) {
    const Claim& claim = *examination.claim;
    Json statements = Json::array(), checks = Json::array(), pictures = Json::array(), remarks = Json::array();
    for (const int number : claim.statements) statements.push_back(statement_to_json(number, examination));
    for (const Check& check : examination.evidence.checks) checks.push_back(with_result(check));
    for (const Picture& picture : examination.evidence.pictures) pictures.push_back(to_json(picture));
    for (const Words& remark : examination.evidence.remarks) remarks.push_back(to_json(remark));
    return {{"version", kVersion},
            {"name", claim.name},
            {"question", to_json(claim.question)},
            {"real", examination.real},
            {"quick", examination.quick},
            {"steps", examination.steps ? Json(*examination.steps) : Json()},
            {"seconds", examination.seconds},
            {"seeds", examination.seeds},
            {"kernels", examination.kernels},
            {"statements", statements},
            {"checks", checks},
            {"remarks", remarks},
            {"settings", examination.evidence.settings},
            {"pictures", pictures}};
}

std::optional<Examined> read_examination(const Claim& claim, const fs::path& folder) {
    const fs::path file = evidence_file(claim, folder);
    if (!fs::exists(file)) return std::nullopt;
    try {
        const Json json = parse_json(read_file(file));
        require(json.is_object(), "claims", "it is damaged");
        require(json.at("version") == kVersion, "claims", "it is of another version");
        return examination_from(claim, json);
    } catch (const std::exception& error) {
        fail("claims", "cannot use ", file.string(), " (", error.what(), "); normlab claims ", claim.name,
             " examines it again");
    }
}

void write_examination(const Examined& examination, const fs::path& folder) {
    fs::create_directories(folder / examination.claim->name);
    replace_file(evidence_file(*examination.claim, folder), to_json(examination).dump(1) + "\n");
}

std::vector<std::uint64_t> ExamineOptions::seeds_of(const Claim& claim) const {
    std::vector<std::uint64_t> all(static_cast<std::size_t>(seeds.value_or(claim.seeds)));
    std::iota(all.begin(), all.end(), first_seed);
    return all;
}

bool is_of(const Examined& examination, const ExamineOptions& options) {
    return examination.seeds == options.seeds_of(*examination.claim) && examination.steps == options.steps &&
           examination.real == options.real && examination.quick == options.quick;
}

void require_enough_steps(const Claim& claim, const ExamineOptions& options) {
    if (!options.steps) return;
    const Index least = options.quick ? kQuick * claim.least_steps : claim.least_steps;
    require(*options.steps >= least, "claims", "--steps ", *options.steps, " is too few for ", claim.name,
            options.quick ? " with --quick" : "", ": it needs at least ", least);
}

Examined examine(const Claim& claim, const ExamineOptions& options) {
    require_enough_steps(claim, options);
    const auto began = std::chrono::steady_clock::now();
    const std::vector<std::uint64_t> seeds = options.seeds_of(claim);
    fs::create_directories(options.out / claim.name);
    Workbench bench({.seeds = seeds,
                     .real = options.real,
                     .quick = options.quick,
                     .steps = options.steps,
                     .stop = options.stop,
                     .progress = options.progress,
                     .memory = pieces_file(claim, options.out)});
    Evidence evidence;
    for (const auto& part : claim.examine) join(evidence, part(bench));
    Examined found{.claim = &claim,
                   .evidence = std::move(evidence),
                   .seeds = seeds,
                   .real = options.real,
                   .quick = options.quick,
                   .steps = options.steps,
                   .seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(),
                   .kernels = kernels().name};
    write_examination(found, options.out);
    fs::remove(pieces_file(claim, options.out));
    return found;
}

}  // namespace normlab
