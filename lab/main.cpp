// The program `normlab`. What it can do is in lab/verbs/; here is what all verbs share: how errors are reported, and
// the exit status: 0 done, 1 the work failed, 2 the command line or the config is wrong.
#include <csignal>
#include <filesystem>
#include <iostream>
#include <new>

#include "framework/support/json_reader.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

constexpr int kFailed = 1, kWrongUsage = 2;

int report_error(const std::string& what, int status) {
    std::cerr << "normlab: " << what << std::endl;
    return status;
}

// Everything that can go wrong, in words.
int run_verb(int argc, char** argv) {
    try {
        return read_command_line(argc, argv, verbs(), NORMLAB_VERSION)();
    } catch (const UsageError& error) {
        return report_error(error.what(), kWrongUsage);
    } catch (const ConfigError& error) {
        return report_error(error.what(), kWrongUsage);
    } catch (const Error& error) {
        return report_error(error.what(), kFailed);
    } catch (const std::bad_alloc&) {
        return report_error("there is not enough memory; a smaller batch needs less", kFailed);
    } catch (const std::filesystem::filesystem_error& error) {
        return report_error("cannot use " + error.path1().string() + ": " + error.code().message(), kFailed);
    } catch (const std::exception& error) {
        return report_error(std::string("this should not have happened: ") + error.what(), kFailed);
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
