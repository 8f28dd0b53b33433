#include "lab/run/run.h"

#include <array>
#include <utility>
#include <vector>

#include "framework/support/threads.h"
#include "lab/run/former_run.h"
#include "lab/run/run_loop.h"

namespace normlab {
namespace {

// A resumed run has its weights in the checkpoint: the file of init.weights need no longer exist.
Model model_to_resume(const Config& config, const ImageSet& train) {
    Config without_weights = config;
    without_weights.init = {};
    Model model = build_model(without_weights, train);
    model.config.init = config.init;
    return model;
}

// One for each rank of the run's first session.
std::optional<Index> replicas_of(const std::optional<Checkpoint>& checkpoint, Index ranks) {
    if (!checkpoint) return ranks > 1 ? std::optional(ranks) : std::nullopt;
    return parse_config(completed(checkpoint->config)).train.replicas;
}

// Ranks on several machines may see different folders. They also wait here until none reads any more what the first one
// is about to change.
void require_same_beginning(Collective& ranks, Index step, Index images) {
    const std::array own = {static_cast<double>(step), static_cast<double>(images)};
    std::vector<double> all(own.size() * static_cast<std::size_t>(ranks.size()));
    ranks.gather(own, all);
    for (std::size_t i = 0; i < all.size(); ++i)
        require(all[i] == all[i % own.size()], "run", "rank ", i / own.size(),
                i % own.size() == 0
                    ? " would begin at another step than rank 0: they do not see the same checkpoint"
                    : " has another number of training images than rank 0: they do not see the same data");
}

// The images are loaded once the folder is known to be usable.
template <class Images>
RunResult run_prepared(const Config& config, const RunOptions& options, Observer& observer, const Images& images) {
    const std::optional<Index> wanted = options.threads ? options.threads : config.train.threads;
    const ThreadCount thread_count(static_cast<int>(wanted.value_or(threads())));
    const RunFolder folder{options.out};
    require(!std::filesystem::exists(folder.comparison()), "run", folder.path.string(),
            " is a comparison's folder: choose another --out");
    Collective& ranks = *options.ranks;
    std::optional<RunLock> lock;
    if (options.lock == nullptr && ranks.rank() == 0) lock.emplace(folder);
    require(!lock || lock->held(), "run", "another process trains in ", folder.path.string(),
            ": wait until it has ended, or choose another --out");
    std::optional<Checkpoint> checkpoint;
    if (options.resume) {
        checkpoint = read_checkpoint(folder, observer);
        if (!checkpoint)
            observer.message("there is no checkpoint in " + folder.path.string() +
                             " yet; the run starts from the beginning");
    } else if (const auto former = former_run(folder); former && !options.overwrite) {
        fail("run", folder.path.string(), " holds ", former->text,
             ": --resume continues it, --overwrite replaces it, another --out begins a new one beside it");
    }
    Config shared = config;
    if (!shared.train.replicas) shared.train.replicas = replicas_of(checkpoint, ranks.size());
    const Split& split = images();
    const auto tell = [&](const std::string& text) { observer.message(text); };
    for (const std::string& note : split.notes) tell("data: " + note);
    RunLoop run(checkpoint ? model_to_resume(shared, split.train) : build_model(shared, split.train, tell), split,
                folder, observer, ranks);
    require_same_beginning(ranks, checkpoint ? checkpoint->position.step : 0, split.train.size());
    if (checkpoint)
        run.resume(*std::exchange(checkpoint, std::nullopt));
    else
        run.begin();
    return run.train(options.stop);
}

}  // namespace

RunResult run_training(const Config& config, const RunOptions& options, Observer& observer) {
    return run_prepared(config, options, observer, [&] { return load(config.data.source); });
}

RunResult run_training(const Config& config, const Split& split, const RunOptions& options, Observer& observer) {
    return run_prepared(config, options, observer, [&]() -> const Split& { return split; });
}

}  // namespace normlab
