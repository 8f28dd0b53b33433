// What β is for before a ReLU: whether half of the values are lost without it, and which sign it learns.
#include "lab/claims/experiments/affine.h"

namespace normlab {

Evidence examine_shift_before_relu(Workbench& bench) {
    const Trials runs(bench, {relus(), convolutions(), convolutions_without_shift(), convolutions_without()},
                      train_affine);

    Evidence found;
    found.checks = {
        proof("half", {42},
              {"share of positive values behind a new norm, MLP of ReLUs", "새 정규화 뒤의 양수 비율, ReLU MLP"},
              runs.of(relus(), "positive"), between(0.47, 0.53)),
        proof("shift-gain", {43}, {"accuracy that β is worth to VGG6", "VGG6에서 β가 올리는 정확도"},
              runs.difference(convolutions(), convolutions_without_shift(), "accuracy"), at_least(5))
            .in("points"),
        proof("positive-shift", {44},
              {"share of β above 0 in the end, MLP of ReLUs", "학습 뒤 양수인 β의 비율, ReLU MLP"},
              runs.of(relus(), "β", share_positive), at_least(0.5)),
        proof("survivors", {44},
              {"share of positive values before its ReLUs in the end", "학습 뒤 그 ReLU 앞의 양수 비율"},
              runs.of(relus(), "positive", 1), at_least(0.5)),
        report("positive-shift-conv", {44}, {"share of β above 0 in the end, VGG6", "학습 뒤 양수인 β의 비율, VGG6"},
               runs.of(convolutions(), "β", share_positive)),
        report("survivors-conv", {44},
               {"share of positive values before its ReLUs in the end", "학습 뒤 그 ReLU 앞의 양수 비율"},
               runs.of(convolutions(), "positive", 1)),
        report("both-gain", {43}, {"accuracy that γ and β are worth to VGG6", "VGG6에서 γ와 β가 올리는 정확도"},
               runs.difference(convolutions(), convolutions_without(), "accuracy"))
            .in("points"),
    };
    found.pictures = {learned(runs, convolutions(), {"VGG6", "VGG6"}, "β", {0, 3, 5}, -1.5, 1.5)};
    return found;
}

}  // namespace normlab
