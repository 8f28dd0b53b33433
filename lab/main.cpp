// The program `normlab`. What it can do is in lab/verbs/; here is what all verbs share: how errors are reported, and
// the exit status: 0 done, 1 the work failed, 2 the command line or the config is wrong.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <new>
#include <thread>

#include "framework/support/json_reader.h"
#include "framework/support/threads.h"
#include "lab/run/ranks.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

constexpr int kFailed = 1, kWrongUsage = 2;

int report_error(const std::string& what, int status) {
    std::cerr << "normlab: " << what << std::endl;
    return status;
}

// Most often all ranks fail for the same reason. The first tells of it and ends the others; if it has not done so after
// a while, what happened to this one did not happen to it.
int report_error_of_rank(const std::string& what, int status) {
    constexpr std::chrono::seconds kAWhile(5);
    const Index rank = ranks().rank();
    if (rank > 0) std::this_thread::sleep_for(kAWhile);
    report_error((rank > 0 ? "rank " + std::to_string(rank) + ": " : "") + what, status);
    end_all_ranks(status);
    return status;
}

// Each rank computes with its share of the processors. Of work that is not shared, the first does all.
int run_verb_in_ranks(int argc, char** argv) {
    const auto named = [&](const Verb& verb) { return argc > 1 && verb.name == argv[1]; };
    const auto verb = std::ranges::find_if(verbs(), named);
    if (ranks().rank() > 0 && (verb == verbs().end() || !verb->shared)) return 0;
    if (ranks().size() > 1) set_threads(threads_of_rank());
    return read_command_line(argc, argv, verbs(), NORMLAB_VERSION)();
}

// Everything that can go wrong, in words.
int run_verb(int argc, char** argv) {
    try {
        ranks();
    } catch (const Error& error) {
        return report_error(error.what(), kFailed);
    }
    try {
        return run_verb_in_ranks(argc, argv);
    } catch (const UsageError& error) {
        return report_error_of_rank(error.what(), kWrongUsage);
    } catch (const ConfigError& error) {
        return report_error_of_rank(error.what(), kWrongUsage);
    } catch (const Error& error) {
        return report_error_of_rank(error.what(), kFailed);
    } catch (const std::bad_alloc&) {
        return report_error_of_rank("there is not enough memory; a smaller batch needs less", kFailed);
    } catch (const std::filesystem::filesystem_error& error) {
        return report_error_of_rank("cannot use " + error.path1().string() + ": " + error.code().message(), kFailed);
    } catch (const std::exception& error) {
        return report_error_of_rank(std::string("this should not have happened: ") + error.what(), kFailed);
    }
}

}  // namespace
}  // namespace normlab

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_DFL);  // `normlab … | head` ends quietly, also where the caller ignores the signal
    const int status = normlab::run_verb(argc, argv);
    if (std::cout.flush()) return status;
    return normlab::report_error("cannot write the output; is there room on its disk?", normlab::kFailed);
}
