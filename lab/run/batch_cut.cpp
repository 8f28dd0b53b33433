#include "lab/run/batch_cut.h"

#include <algorithm>

#include "framework/support/error.h"
#include "layers/ghost_batch_norm2d.h"
#include "layers/sync_batch_norm2d.h"

namespace normlab {
namespace {

constexpr Index kBlocks = 8;

bool looks_at_replica(Module& layer) {
    return dynamic_cast<BatchNorm2d*>(&layer) != nullptr && dynamic_cast<SyncBatchNorm2d*>(&layer) == nullptr &&
           dynamic_cast<GhostBatchNorm2d*>(&layer) == nullptr;
}

}  // namespace

BatchCut batch_cut_of(const Config& config, Index ranks, Module& model) {
    const TrainConfig& train = config.train;
    const Index batch = images_at_once(config);
    Index replicas = train.replicas.value_or(1);
    const auto named = modules(model);
    const auto local =
        std::ranges::find_if(named, [](const NamedModule& each) { return looks_at_replica(*each.module); });
    if (replicas % ranks != 0) {
        require(local == named.end(), "run", local == named.end() ? "" : local->name,
                " is a batch norm of each replica's own images, and ", ranks, " ranks cannot share ", replicas,
                replicas == 1 ? " replica" : " replicas",
                ": choose a number of ranks that divides it, another train.replicas, or the norm sync_batch");
        replicas = ranks;
    }
    require(!train.blocks || *train.blocks % replicas == 0, "run", "train.blocks ", train.blocks.value_or(0),
            " must be a multiple of the ", replicas, " replicas");
    const bool even = replicas > 1 && kBlocks % replicas == 0 && batch % kBlocks == 0;
    const Index blocks = train.blocks.value_or(even ? kBlocks : replicas);
    const BatchCut cut{.blocks = blocks, .replicas = replicas, .ranks = ranks};
    require(cut.cuts(batch), "run", "a batch of ", batch, " images, cut for ", replicas,
            " replicas, would leave some of them less than two; a data.batch_size that they divide helps");
    return cut;
}

LoaderOptions loader_options(const Model& model, Collective& ranks) {
    const Config& c = model.config;
    return {.batch_size = c.data.batch_size,
            .shuffle = c.data.shuffle,
            .drop_last = c.data.drop_last,
            .join = images_at_once(c) / c.data.batch_size,
            .seed = c.seed,
            .scale = model.scale,
            .augmentations = c.data.augment,
            .mixup = c.data.mixup,
            .cut = batch_cut_of(c, ranks.size(), *model.module),
            .ranks = &ranks};
}

}  // namespace normlab
