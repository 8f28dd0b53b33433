#include "lab/run/step_log.h"

#include <sstream>

#include "framework/support/error.h"
#include "framework/support/files.h"
#include "framework/support/json_reader.h"

namespace normlab {
namespace {

constexpr const char* kTitles = "step,lr,loss\n";

// With enough digits to restore each number.
std::string line_of(const StepLoss& loss) {
    return std::to_string(loss.step) + "," + Json(loss.lr).dump() + "," + Json(loss.loss).dump() + "\n";
}

}  // namespace

void StepLog::resume(Index step) {
    for (const StepLoss& each : read_steps(folder_.path))
        if (each.step <= step) lines_ += line_of(each);
    written_ = lines_.empty();
    write();
}

void StepLog::note(const StepLoss& loss) {
    if (!every_ || (loss.step != 1 && loss.step % *every_ != 0)) return;
    lines_ += line_of(loss);
    written_ = false;
}

void StepLog::write() {
    if (written_) return;
    replace_file(folder_.steps(), kTitles + lines_);
    written_ = true;
}

std::vector<StepLoss> read_steps(const std::filesystem::path& run) {
    const std::filesystem::path file = RunFolder{run}.steps();
    std::vector<StepLoss> losses;
    if (!std::filesystem::exists(file)) return losses;
    std::istringstream lines(read_file(file));
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
        StepLoss& loss = losses.emplace_back();
        char comma = 0;
        const bool whole =
            static_cast<bool>(std::istringstream(line) >> loss.step >> comma >> loss.lr >> comma >> loss.loss);
        require(whole, "steps", file.string(), ": this line is no step's: ", line);
    }
    return losses;
}

}  // namespace normlab
