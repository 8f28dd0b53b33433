#include "lab/run/former_run.h"

#include "lab/run/checkpoint.h"
#include "lab/run/run_end.h"

namespace normlab {

std::optional<FormerRun> former_run(const RunFolder& folder) {
    if (!folder.holds_run()) return std::nullopt;
    Observer nobody;
    try {
        const std::optional<Checkpoint> checkpoint = read_checkpoint(folder, nobody);
        if (!checkpoint) return FormerRun{true, "a model"};
        const auto train = read_fields<TrainConfig>(checkpoint->config.at("train"), "train");
        const Position& position = checkpoint->position;
        if (position.seen == 0 && is_over(train, position.epoch, position.step, position.metrics))
            return FormerRun{true, "a finished run"};
        const std::string length =
            train.steps ? std::to_string(position.step) + " of " + std::to_string(*train.steps) + " steps"
                        : std::to_string(position.epoch) + " of " + std::to_string(train.epochs) + " epochs";
        return FormerRun{false, "a run that is not finished (" + length + ")"};
    } catch (const Error& error) {
        return FormerRun{false, std::string("a run that cannot be read (") + error.what() + ")"};
    }
}

}  // namespace normlab
