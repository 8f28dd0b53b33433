#include "lab/run/former_run.h"

#include "lab/run/checkpoint.h"

namespace normlab {

std::optional<FormerRun> former_run(const RunFolder& folder) {
    if (!folder.holds_run()) return std::nullopt;
    Observer nobody;
    try {
        const std::optional<Checkpoint> checkpoint = read_checkpoint(folder, nobody);
        if (!checkpoint) return FormerRun{true, "a model"};
        const Json& train = checkpoint->config.at("train");
        const Position& position = checkpoint->position;
        const bool by_step = train.contains("steps") && !train["steps"].is_null();
        const Index done = by_step ? position.step : position.epoch,
                    all = train.at(by_step ? "steps" : "epochs").get<Index>();
        const auto early_stop = train.value("early_stop", Json());
        const bool stale =
            are_stale(position.metrics, early_stop.is_null() ? std::nullopt : std::optional(early_stop.get<Index>()));
        if ((done >= all || stale) && position.seen == 0) return FormerRun{true, "a finished run"};
        return FormerRun{false, "a run that is not finished (" + std::to_string(done) + " of " + std::to_string(all) +
                                    (by_step ? " steps)" : " epochs)")};
    } catch (const Error& error) {
        return FormerRun{false, std::string("a run that cannot be read (") + error.what() + ")"};
    }
}

}  // namespace normlab
