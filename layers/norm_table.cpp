#include "layers/norm_table.h"

#include <algorithm>
#include <cmath>

#include "layers/batch_norm2d.h"
#include "layers/batch_renorm2d.h"
#include "layers/containers.h"
#include "layers/ghost_batch_norm2d.h"
#include "layers/group_norm.h"
#include "layers/instance_norm2d.h"
#include "layers/keras_names.h"
#include "layers/l1_batch_norm2d.h"
#include "layers/norm_fields.h"
#include "layers/norm_layer_kinds.h"
#include "layers/rms_norm.h"
#include "layers/sync_batch_norm2d.h"

namespace normlab {
namespace {

// What a norm's options are made of.

void scale(Fields& f, Norm& norm) {
    f.number("eps", norm.eps, kNotNegative, kAboutEps);
    if (!f.writes()) {
        bool affine = true;
        f.flag("affine", affine, kAboutAffine);
        norm.scale = norm.center = affine;
    }
    f.flag("scale", norm.scale, "The scale alone; by default as affine");
    gamma_init_field(f, norm.gamma_init, norm.scale);
}

void trainable(Fields& f, Norm& norm) {
    f.flag("trainable", norm.trainable, "false: frozen. It computes as in evaluation and learns nothing");
}

void affine(Fields& f, Norm& norm) {
    scale(f, norm);
    f.flag("center", norm.center, "The offset alone; by default as affine");
    beta_init_field(f, norm.beta_init, norm.center);
    trainable(f, norm);
}

void momentum(Fields& f, Norm& norm) {
    f.number("momentum", norm.momentum, kFraction, kAboutMomentum);
}

void tracking(Fields& f, Norm& norm, bool by_default) {
    bool track = norm.track_running_stats.value_or(by_default);
    f.flag("track_running_stats", track, kAboutTracking);
    norm.track_running_stats = track;
    running_init_fields(f, norm.running_mean_init, norm.running_var_init, track);
}

void updating(Fields& f, Norm& norm) {
    f.flag("biased_running_var", norm.biased_running_var, "The running variance averages the biased estimate");
    f.flag("update_running_stats", norm.update_running_stats, "Training updates the running statistics");
}

void running(Fields& f, Norm& norm) {
    affine(f, norm);
    momentum(f, norm);
    tracking(f, norm, BatchNorm2dOptions().track_running_stats);
    updating(f, norm);
}

// And of each type.

void batch(Fields& f, Norm& norm) {
    running(f, norm);
    f.flag("use_batch_stats", norm.use_batch_stats,
           "Training normalizes with the batch's statistics; false: with the running ones");
}

void batch_renorm(Fields& f, Norm& norm) {
    affine(f, norm);
    momentum(f, norm);
    running_init_fields(f, norm.running_mean_init, norm.running_var_init, true);
    updating(f, norm);
    f.number("r_max", norm.r_max, {.least = 1}, "The correction of the scale is at most this, at least 1 / r_max");
    f.number("d_max", norm.d_max, kNotNegative, "The correction of the mean is at most this many deviations");
    f.number("relax_from", norm.relax_from, kFraction, "The share of the run up to which it is batch norm");
    f.number("relax_d_until", norm.relax_d_until, kFraction,
             "The share of the run at which the limit d_max is reached");
    f.number("relax_r_until", norm.relax_r_until, kFraction,
             "The share of the run at which the limit r_max is reached");
}

void ghost_batch(Fields& f, Norm& norm) {
    running(f, norm);
    f.whole("virtual_batch_size", norm.virtual_batch_size, {1, kMany}, "Images that share statistics while training");
}

void group(Fields& f, Norm& norm) {
    affine(f, norm);
    f.whole("groups", norm.groups, {1, kMany},
            "Number of groups; a layer whose channels they do not divide has the most below that do");
}

void instance(Fields& f, Norm& norm) {
    affine(f, norm);
    momentum(f, norm);
    tracking(f, norm, InstanceNorm2dOptions().track_running_stats);
}

void rms(Fields& f, Norm& norm) {
    scale(f, norm);
    trainable(f, norm);
}

BatchNorm2dOptions batch_options(const Norm& norm, Index channels) {
    const BatchNorm2dOptions defaults;
    return {.num_features = channels,
            .eps = norm.eps,
            .momentum = norm.momentum,
            .scale = norm.scale,
            .center = norm.center,
            .gamma_init = norm.gamma_init,
            .beta_init = norm.beta_init,
            .track_running_stats = norm.track_running_stats.value_or(defaults.track_running_stats),
            .biased_running_var = norm.biased_running_var,
            .running_mean_init = norm.running_mean_init,
            .running_var_init = norm.running_var_init,
            .use_batch_stats = norm.use_batch_stats,
            .update_running_stats = norm.update_running_stats};
}

using Made = std::unique_ptr<Module>;

Made make_batch(const Norm& norm, Index channels) {
    return std::make_unique<BatchNorm2d>(batch_options(norm, channels));
}

Made make_sync_batch(const Norm& norm, Index channels) {
    return std::make_unique<SyncBatchNorm2d>(batch_options(norm, channels));
}

Made make_batch_renorm(const Norm& norm, Index channels) {
    return std::make_unique<BatchRenorm2d>(BatchRenorm2dOptions{.batch = batch_options(norm, channels),
                                                                .r_max = norm.r_max,
                                                                .d_max = norm.d_max,
                                                                .relax_from = norm.relax_from,
                                                                .relax_d_until = norm.relax_d_until,
                                                                .relax_r_until = norm.relax_r_until});
}

Made make_ghost_batch(const Norm& norm, Index channels) {
    return std::make_unique<GhostBatchNorm2d>(
        GhostBatchNorm2dOptions{.batch = batch_options(norm, channels), .virtual_batch_size = norm.virtual_batch_size});
}

Made make_l1_batch(const Norm& norm, Index channels) {
    return std::make_unique<L1BatchNorm2d>(batch_options(norm, channels));
}

Index largest_divisor(Index of, Index most) {
    Index divisor = std::min(of, most);
    while (divisor > 1 && of % divisor != 0) --divisor;
    return divisor;
}

Made make_groups(const Norm& norm, Index groups, Index channels) {
    return std::make_unique<GroupNorm>(GroupNormOptions{.num_groups = groups,
                                                        .num_channels = channels,
                                                        .eps = norm.eps,
                                                        .scale = norm.scale,
                                                        .center = norm.center,
                                                        .gamma_init = norm.gamma_init,
                                                        .beta_init = norm.beta_init});
}

Made make_group(const Norm& norm, Index channels) {
    return make_groups(norm, largest_divisor(channels, norm.groups), channels);
}

Made make_layer(const Norm& norm, Index channels) {
    return make_groups(norm, 1, channels);
}

Made make_instance(const Norm& norm, Index channels) {
    const InstanceNorm2dOptions defaults;
    return std::make_unique<InstanceNorm2d>(
        InstanceNorm2dOptions{.num_features = channels,
                              .eps = norm.eps,
                              .momentum = norm.momentum,
                              .affine = true,
                              .scale = norm.scale,
                              .center = norm.center,
                              .gamma_init = norm.gamma_init,
                              .beta_init = norm.beta_init,
                              .track_running_stats = norm.track_running_stats.value_or(defaults.track_running_stats),
                              .running_mean_init = norm.running_mean_init,
                              .running_var_init = norm.running_var_init});
}

Made make_rms(const Norm& norm, Index channels) {
    return std::make_unique<RMSNorm>(
        RMSNormOptions{.num_channels = channels, .eps = norm.eps, .affine = norm.scale, .gamma_init = norm.gamma_init});
}

Made make_identity(const Norm&, Index) {
    return std::make_unique<Identity>();
}

// The layer of a norm of this type, under its own name and with the same options.
template <NormType type>
LayerKind as_layer(const char* name, const char* about) {
    const auto visit = [](Fields& f) {
        Norm norm{.type = type};
        fields(f, norm);
        return norm;
    };
    return {name, about, visit, [visit](Fields& f, LayerContext& at) { return make_norm(visit(f), at.channels()); }};
}

}  // namespace

const std::vector<NormRow>& norm_table() {
    static const std::vector<NormRow> rows = {
        {NormType::batch, "batch", batch, make_batch,
         as_layer<NormType::batch>("batch_norm2d", "Batch normalization, whatever the model's \"norm\" says")},
        {NormType::sync_batch, "sync_batch", batch, make_sync_batch,
         as_layer<NormType::sync_batch>("sync_batch_norm2d", "Batch normalization over the batch of all processes")},
        {NormType::batch_renorm, "batch_renorm", batch_renorm, make_batch_renorm,
         as_layer<NormType::batch_renorm>("batch_renorm2d",
                                          "Batch renormalization: training normalizes almost as evaluation does")},
        {NormType::ghost_batch, "ghost_batch", ghost_batch, make_ghost_batch,
         as_layer<NormType::ghost_batch>("ghost_batch_norm2d", "Batch normalization over parts of the batch")},
        {NormType::l1_batch, "l1_batch", running, make_l1_batch,
         as_layer<NormType::l1_batch>("l1_batch_norm2d",
                                      "Batch normalization by the mean absolute deviation from the mean")},
        {NormType::group, "group", group, make_group, group_norm_kind()},
        {NormType::layer, "layer", affine, make_layer, layer_norm_kind()},
        {NormType::instance, "instance", instance, make_instance, instance_norm2d_kind()},
        {NormType::rms, "rms", rms, make_rms, rms_norm_kind()},
        {NormType::none, "none", [](Fields&, Norm&) {}, make_identity},
    };
    return rows;
}

const NormRow& norm_row(NormType type) {
    return *std::ranges::find(norm_table(), type, &NormRow::type);
}

// Keras's momentum is the share of the running statistics that is kept, PyTorch's the share that is new: 1 - 0.99 is
// 0.010000000000000009, but 0.01 is meant.
static double new_share(double kept) {
    return std::round((1 - kept) * 1e12) / 1e12;
}

void fields(Fields& f, Norm& norm) {
    if (norm.type == NormType::none) return;
    bool keras = false;
    if (!f.writes())
        f.choice<bool>("convention", keras, {{"pytorch", false}, {"keras", true}},
                       "keras: momentum is the share that is kept; by default eps 1e-3, momentum 0.99, "
                       "biased_running_var; Keras's names are understood");
    if (keras) norm.eps = 1e-3, norm.momentum = 0.99, norm.biased_running_var = true;
    KerasNames with_keras(f);
    norm_row(norm.type).options(keras || f.describes() ? with_keras : f, norm);
    if (keras && norm.momentum) norm.momentum = new_share(*norm.momentum);
}

std::unique_ptr<Module> make_norm(const Norm& norm, Index channels) {
    std::unique_ptr<Module> layer = norm_row(norm.type).make(norm, channels);
    if (!norm.trainable) layer->freeze();
    return layer;
}

}  // namespace normlab
