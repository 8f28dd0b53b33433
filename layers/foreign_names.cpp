#include "layers/foreign_names.h"

namespace normlab {
namespace {

constexpr const char *kInferred = "it follows from the layers before; leave it out",
                     *kGroups = "optim.groups has weight_decay, l1 and nonnegative for the parameters that it names";

// Those that mean the same in every place; `renorm` and `ghost` are what these norms are called in it.
ForeignNames shared(const std::string& renorm, const std::string& ghost) {
    const std::string renormalization = "batch renormalization is the type " + renorm;
    return {
        {"epsilon", "eps"},
        {"elementwise_affine", "affine"},
        {"gamma_initializer", "gamma_init"},
        {"beta_initializer", "beta_init"},
        {"moving_mean_initializer", "running_mean_init"},
        {"moving_variance_initializer", "running_var_init"},
        {"fused", "biased_running_var",
         "\"convention\": \"keras\" reads it; here it is the opposite of biased_running_var"},
        {"gamma_regularizer", "eps", kGroups},
        {"beta_regularizer", "eps", kGroups},
        {"gamma_constraint", "eps", kGroups},
        {"beta_constraint", "eps", kGroups},
        {"renorm", "eps", renormalization},
        {"renorm_clipping", "eps", renormalization + ", with r_max and d_max"},
        {"renorm_momentum", "eps", renormalization + ", with one momentum for all"},
        {"virtual_batch_size", "eps", "batch norm over parts of a batch is the type " + ghost},
        {"adjustment", "eps", "a layer of your own can do it: examples/04_own_layer.cpp"},
        {"num_features", "", kInferred},
        {"num_channels", "", kInferred},
        {"normalized_shape", "", kInferred},
        {"axis", "", "the axis is that of the channels; leave it out"},
        {"device", "", "all is computed on the processor; leave it out"},
        {"dtype", "", "all numbers are float32; leave it out"},
        {"name", "", "layers are named after their places; leave it out"},
    };
}

}  // namespace

const ForeignNames& foreign_names_of_norms() {
    static const ForeignNames all = [] {
        ForeignNames names = shared("batch_renorm", "ghost_batch");
        names.push_back({"num_groups", "groups"});
        names.push_back({"num_groups", "eps", "the type group has them, as \"groups\""});
        names.push_back({"synchronized", "eps", "the type sync_batch does it"});
        return names;
    }();
    return all;
}

const ForeignNames& foreign_names_of_layers() {
    static const ForeignNames all = [] {
        ForeignNames names = shared("batch_renorm2d", "ghost_batch_norm2d");
        const ForeignNames more = {
            {"groups", "num_groups"},
            {"out_channels", "out"},
            {"out_features", "out"},
            {"filters", "out"},
            {"units", "out"},
            {"in_channels", "", kInferred},
            {"in_features", "", kInferred},
            {"input_shape", "", kInferred},
            {"kernel_size", "kernel"},
            {"pool_size", "kernel"},
            {"strides", "stride"},
            {"dilation_rate", "dilation"},
            {"use_bias", "bias"},
            {"kernel_initializer", "init"},
            {"activation", "", "an activation is a layer of its own after this one"},
            {"inplace", "", "that is decided by itself; leave it out"},
            {"rate", "p"},
            {"alpha", "negative_slope"},
        };
        names.insert(names.end(), more.begin(), more.end());
        return names;
    }();
    return all;
}

}  // namespace normlab
