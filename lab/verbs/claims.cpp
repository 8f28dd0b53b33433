#include <unistd.h>

#include <iostream>
#include <optional>

#include "framework/support/files.h"
#include "framework/support/threads.h"
#include "lab/claims/claim_pictures.h"
#include "lab/claims/claims.h"
#include "lab/claims/claims_page.h"
#include "lab/claims/claims_text.h"
#include "lab/run/progress.h"
#include "lab/run/run_lock.h"
#include "lab/run/stop_request.h"
#include "lab/text/table.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

struct ClaimsGiven {
    std::vector<std::string> names;
    std::string out, language = "en";
    Index seeds = 0, first_seed = 1, steps = 0, threads = 0;
    bool all = false, real = false, again = false, statements = false, json = false, quiet = false, quick = false;
};

using Examinations = std::vector<Examined>;

fs::path claims_folder(const ClaimsGiven& given) {
    return folder_of(given.out, given.real ? "claims-real" : "claims");
}

// In the guide's order, whatever the order of the names.
std::vector<const Claim*> chosen(const ClaimsGiven& given) {
    std::vector<std::string> known;
    for (const Claim* claim : claims()) known.push_back(claim->name);
    for (const std::string& name : given.names) {
        if (find_claim(name) != nullptr) continue;
        const std::string near = nearest(name, known);
        throw UsageError("there is no claim \"" + name + "\"" +
                         (near.empty() ? "" : "; did you mean \"" + near + "\"?") + " (normlab claims lists them)");
    }
    std::vector<const Claim*> wanted;
    for (const Claim* claim : claims()) {
        const bool named = std::ranges::find(given.names, claim->name) != given.names.end();
        if (named && given.real && claim->real_data == nullptr)
            throw UsageError(std::string("the claim ") + claim->name +
                             " has no --real: what it says needs no real data");
        if (named || (given.all && (!given.real || claim->real_data != nullptr))) wanted.push_back(claim);
    }
    return wanted;
}

// Evidence that cannot be read is told and left out.
std::optional<Examined> known_of(const Claim& claim, const fs::path& folder) {
    try {
        return read_examination(claim, folder);
    } catch (const Error& error) {
        std::cerr << "normlab: warning: " << error.what() << '\n';
        return std::nullopt;
    }
}

Examinations known_in(const fs::path& folder) {
    Examinations known;
    for (const Claim* claim : claims())
        if (auto examination = known_of(*claim, folder)) known.push_back(std::move(*examination));
    return known;
}

const Examined* find(const Examinations& all, const Claim& claim) {
    const auto found = std::ranges::find(all, &claim, &Examined::claim);
    return found == all.end() ? nullptr : &*found;
}

int show_list(const ClaimsGiven& given, Language language) {
    const Examinations known = known_in(claims_folder(given));
    if (given.json) {
        std::cout << claims_json(known).dump(1) << '\n';
        return 0;
    }
    std::vector<std::pair<const Claim*, const Examined*>> all;
    for (const Claim* claim : claims()) all.emplace_back(claim, find(known, *claim));
    std::cout << list_text(all, language)
              << (language == Language::en
                      ? "\nnormlab claims NAME… examines some of them, normlab claims --all all.\n"
                      : "\nnormlab claims NAME…은 고른 것을, normlab claims --all은 전부를 시험합니다.\n");
    return 0;
}

// "learning-rate  [=======>      ] 34/63  0:31 left": what is left is that of this claim and those after it.
class ClaimsDisplay {
  public:
    ClaimsDisplay(std::vector<const Claim*> ahead, Language language)
        : lines_(std::cout, STDOUT_FILENO), ahead_(std::move(ahead)), language_(language) {}
    void begin(const Claim& claim) { claim_ = &claim, began_ = Clock::now(), ahead_.erase(ahead_.begin()); }
    void show(std::size_t done, std::size_t of) {
        if (!lines_.is_due() || of == 0) return;
        const double share = static_cast<double>(done) / static_cast<double>(of);
        const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
        double left = done == 0 ? claim_->seconds : seconds / share - seconds;
        for (const Claim* claim : ahead_) left += claim->seconds;
        lines_.draw({shortened("  " + bar(share) + " " + std::to_string(done) + "/" + std::to_string(of) + "  " +
                                   duration(left) + (language_ == Language::en ? " left" : " 남음"),
                               lines_.columns())});
    }
    void end() { lines_.clear(); }

  private:
    using Clock = std::chrono::steady_clock;
    static std::string bar(double share) {
        constexpr std::size_t kWidth = 30;
        std::string text(static_cast<std::size_t>(share * kWidth), '=');
        if (text.size() < kWidth) text += '>';
        return "[" + padded(text, kWidth) + "]";
    }
    StatusLines lines_;
    std::vector<const Claim*> ahead_;
    Language language_;
    const Claim* claim_ = nullptr;
    Clock::time_point began_{};
};

void write_pages(const fs::path& folder) {
    const Examinations known = known_in(folder);
    replace_file(folder / "claims.json", claims_json(known).dump(1) + "\n");
    const Examinations real = known_in(fs::path(folder.string() + "-real"));
    for (const auto& [name, language] : {std::pair{"claims.html", Language::en}, {"claims_ko.html", Language::ko}})
        replace_file(folder / name, to_html(ClaimsPage{known, real, language, folder}));
}

std::string summary(Index as_expected, Index otherwise, const fs::path& folder, Language language) {
    if (language == Language::en)
        return counted(as_expected, "verdict") + " as expected" +
               (otherwise > 0 ? ", " + std::to_string(otherwise) + " not" : "") +
               ". Page: " + (folder / "claims.html").string();
    return "판정 " + std::to_string(as_expected) + "개가 예상대로" +
           (otherwise > 0 ? ", " + std::to_string(otherwise) + "개는 예상과 다름" : "") +
           ". 페이지: " + (folder / "claims_ko.html").string();
}

int examine_chosen(const ClaimsGiven& given, const std::vector<const Claim*>& wanted, Language language) {
    const fs::path folder = claims_folder(given);
    for (const Claim* claim : wanted)
        if (given.real && !fs::exists(fs::path("data") / claim->real_data))
            throw UsageError(std::string("--real needs the data set: normlab data ") + claim->real_data);
    const RunLock lock({folder});
    require(lock.held(), "claims", "another process examines claims in ", folder.string());
    std::optional<ThreadCount> threads;
    if (given.threads > 0) threads.emplace(static_cast<int>(given.threads));
    const StopRequest stop;
    ExamineOptions options{.out = folder, .real = given.real, .quick = given.quick, .stop = &StopRequest::asked()};
    if (given.seeds > 0) options.seeds = static_cast<int>(given.seeds);
    if (given.steps > 0) options.steps = given.steps;
    options.first_seed = static_cast<std::uint64_t>(given.first_seed);

    for (const Claim* claim : wanted) require_enough_steps(*claim, options);
    const bool shows = !given.quiet && !given.json;
    ClaimsDisplay progress(wanted, language);
    if (shows) options.progress = [&](std::size_t done, std::size_t of) { progress.show(done, of); };
    Index as_expected = 0, otherwise = 0;
    Json found = Json::array();
    for (const Claim* claim : wanted) {
        progress.begin(*claim);
        if (shows) std::cout << claim->name << "  " << claim->question.in(language) << '\n' << std::flush;
        std::optional<Examined> examination;
        if (given.all && !given.again) examination = known_of(*claim, folder);
        if (examination && !is_of(*examination, options)) examination.reset();
        try {
            if (!examination) {
                examination = examine(*claim, options);
                write_pictures(*examination, folder);
                write_pages(folder);
            }
        } catch (const Stopped&) {
            progress.end();
            std::cerr << "normlab: stopped in the claim " << claim->name << "; the same command continues\n";
            return 1;
        }
        progress.end();
        if (shows) std::cout << examination_text(*examination, language) << '\n';
        found.push_back(to_json(*examination));
        for (const int number : claim->statements)
            (examination->verdict(number) == statement(number).expected ? as_expected : otherwise) += 1;
    }
    write_pages(folder);
    if (given.real && given.out.empty())
        if (const fs::path beside = folder_of("", "claims"); fs::exists(beside)) write_pages(beside);
    if (given.json) std::cout << Json{{"version", 1}, {"claims", found}}.dump(1) << '\n';
    if (shows) std::cout << summary(as_expected, otherwise, folder, language) << '\n';
    return otherwise == 0 ? 0 : 1;
}

int show_statements(const ClaimsGiven& given, Language language) {
    std::cout << (given.json ? statements_json().dump(1) + "\n" : statements_text(language));
    return 0;
}

int work(const ClaimsGiven& given) {
    if (given.language != "en" && given.language != "ko")
        throw UsageError("--lang " + given.language + ": there are en and ko");
    const Language language = given.language == "en" ? Language::en : Language::ko;
    if (given.all && !given.names.empty())
        throw UsageError("--all examines every claim: leave the names out, or --all");
    const bool examines = given.all || !given.names.empty();
    if (given.statements && examines) throw UsageError("--statements examines nothing: leave the names and --all out");
    if (!examines && (given.again || given.quick || given.seeds > 0 || given.steps > 0 || given.first_seed != 1))
        throw UsageError("there is nothing to examine: name claims, or --all (normlab claims lists them)");
    if (given.statements) return show_statements(given, language);
    if (!examines) return show_list(given, language);
    return examine_chosen(given, chosen(given), language);
}

}  // namespace

Work define_claims(Arguments& arguments) {
    const auto given = std::make_shared<ClaimsGiven>();
    arguments.optional_words("NAME", given->names, "which to examine; without any, a list of them all");
    arguments.flag("--all", given->all, "all of them; those examined before are not examined again");
    arguments.flag("--again", given->again, "with --all: examine those again, too");
    arguments.flag("--real", given->real, "on MNIST or CIFAR-10, at the size of the papers: minutes to hours");
    arguments.number("--seeds", given->seeds, 1, "how many seeds (default: the claim's own)");
    arguments.number("--first-seed", given->first_seed, 0, "the first of them (default: 1)");
    arguments.number("--steps", given->steps, 1, "training steps instead of the experiment's own");
    arguments.option("--lang", "en|ko", given->language, "the language of the texts (default: en)");
    arguments.option("--out", "DIR", given->out, "the folder (default: runs/claims, with --real runs/claims-real)");
    arguments.threads(given->threads);
    arguments.flag("--statements", given->statements, "print the statements and what is expected of them");
    arguments.flag("--json", given->json, "print JSON");
    arguments.flag("--quick", given->quick,
                   "a tenth of the steps, to see that everything runs: the verdicts mean nothing");
    arguments.flag("--quiet", given->quiet, "show nothing but errors");
    arguments.footer(
        "The exit status is 0 if every verdict is the expected one. After Ctrl-C the same\n"
        "command continues.\n\n"
        "examples:\n"
        "  normlab claims axes\n"
        "  normlab claims --all");
    return [given] { return work(*given); };
}

}  // namespace normlab
