// What batch norm is after training: an affine function of each channel, so that it can be a part of the convolution
// before it:   γ (w ⋆ x − μ)/√(σ² + ε) + β  =  (s·w) ⋆ x + (β − s·μ),   s = γ/√(σ² + ε)
#include "lab/claims/experiments/folding.h"

#include <algorithm>
#include <cmath>

#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/fit.h"
#include "lab/claims/workbench/images.h"
#include "lab/claims/workbench/lists.h"
#include "lab/claims/workbench/models.h"
#include "lab/claims/workbench/tensors.h"
#include "lab/model/evaluation.h"
#include "lab/model/fold.h"
#include "layers/batch_norm2d.h"

namespace normlab {

void complete(Module&, const Var&, const Var& y) {
    static_cast<void>(y.value());
}

namespace {

using Values = std::vector<double>;

Tensor separate_logits(const Model& model, const Tensor& images) {
    const ForwardListener listener(complete);
    return (*model.module)(images).value();
}

// The norm of one image, fitted as y = scale·x + shift for each channel from two images: the largest error of what the
// fit foretells of a third, by the largest output. In train mode each pair of images has statistics of its own.
double off_affine(bool training) {
    BatchNorm2d norm({.num_features = 8});
    norm(noise({16, 8, 8, 8}, 1, 5, 3));
    training ? norm.train() : norm.eval();
    const Tensor known = noise({2, 8, 8, 8}, 2, 5, 3), next = noise({2, 8, 8, 8}, 3, 4, 6);
    const Tensor of_known = norm(known).value(), of_next = norm(next).value();
    double off = 0;
    for (Index c = 0; c < 8; ++c) {
        const Line line = line_through(channel_values(known, c), channel_values(of_known, c));
        const Values x = channel_values(next, c), y = channel_values(of_next, c);
        for (std::size_t i = 0; i < x.size(); ++i)
            off = std::max(off, std::abs(line.slope * x[i] + line.offset - y[i]));
    }
    return off / largest_difference(of_next, Tensor::zeros(of_next.shape()));
}

// By the largest logit.
double difference(const Tensor& a, const Tensor& b) {
    return largest_difference(a, b) / largest_difference(a, Tensor::zeros(a.shape()));
}

double other_classes(const Tensor& a, const Tensor& b) {
    double others = 0;
    for (Index n = 0; n < a.shape()[0]; ++n) others += likeliest_class(a, n) != likeliest_class(b, n);
    return others;
}

Evidence examine_folding(Workbench& bench) {
    const DataSet& shapes = bench.images("shapes", 128, 1000);
    const Batch test = whole(shapes.split.test, shapes.scale);
    const Tensor batch = first_batches(shapes, 64, 1)[0].images;
    Values off, others, off_in_training;
    for (const std::uint64_t seed : bench.seeds()) {
        bench.check_stop();
        const Model model = untrained("resnet20", "batch", shapes.split.train, seed);
        const Model after = folded(model, plan_fold(model));
        const Tensor logits = separate_logits(model, test.images), of_after = (*after.module)(test.images).value();
        off.push_back(difference(logits, of_after)), others.push_back(other_classes(logits, of_after));
        const TrainMode mode(*model.module);
        off_in_training.push_back(difference((*model.module)(batch).value(), (*after.module)(batch).value()));
    }
    return {
        .checks = {proof("same", {60},
                         {"largest change of a logit by folding, by the largest logit",
                          "접을 때 로짓의 최대 변화 / 최대 로짓"},
                         off, at_most(1e-4)),
                   proof("same-classes", {60},
                         {"of 1000 images, those that get another class", "이미지 1000장에서 다른 클래스로 바뀐 수"},
                         others, at_most(0)),
                   control("train-mode",
                           {"the same of train mode against folded, by that of folding",
                            "학습 모드와 접은 망의 같은 차이 / 접을 때의 변화"},
                           over(off_in_training, off), at_least(100))
                       .as_ratio(),
                   proof("affine", {61},
                         {"error of y = s·x + t for a new image, s and t from two others, by the largest output",
                          "두 이미지에서 얻은 y = s·x + t로 다른 이미지를 예측한 오차 / 최대 출력"},
                         {off_affine(false)}, at_most(1e-5)),
                   control("affine-in-train", {"the same in train mode", "같은 오차, 학습 모드"}, {off_affine(true)},
                           at_least(0.01))}};
}

}  // namespace

const Claim kFolding = {
    .name = "folding",
    .question = {"What does batch norm cost after training?", "학습이 끝난 뒤 배치 정규화의 값은 얼마인가요?"},
    .statements = {60, 61, 62, 65},
    .seconds = 20,
    .seeds = 3,
    .setting = {"an untrained resnet20 whose statistics are those of 128 drawn shapes, evaluated on 1000 others",
                "학습하지 않은 resnet20에 그려진 도형 128장의 통계를 주고 다른 1000장으로 평가"},
    .refutation = {"a folded net that answers otherwise, or a norm's pass over memory that folding does not save",
                   "다르게 답하는 접은 망, 또는 접어도 줄지 않는 메모리 이동"},
    .sources = {"Jacob et al. 2018, section 3.2", "Williams, Waterman & Patterson 2009"},
    .real_data = nullptr,
    .examine = {examine_folding, examine_cost_of_folding},
    .formulas = {{frac("γ ( w ⋆ x − μ )", root("σ^2 + ε")), "+ β = ( s w ) ⋆ x + ( β − s μ )"},
                 {"s =", frac("γ", root("σ^2 + ε"))}},
};

}  // namespace normlab
