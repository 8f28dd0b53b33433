// What batch norm does to a batch: the formula, held against the layer.
#include <cmath>

#include "lab/claims/experiments/experiments.h"
#include "lab/claims/workbench/curves.h"
#include "lab/claims/workbench/gradients.h"
#include "lab/claims/workbench/tensors.h"
#include "lab/claims/workbench/workbench.h"
#include "layers/batch_norm2d.h"
#include "layers/conv2d.h"

namespace normlab {
namespace {

constexpr Index kChannels = 8;

// y = γ (x − μ)/√(σ² + ε) + β, with the statistics of each channel over images and pixels, in double.
double largest_error(const Tensor& x, const Tensor& y, double gamma, double beta, double eps) {
    const Moments of_x = moments_of(x);
    double largest = 0;
    for (Index c = 0; c < kChannels; ++c) {
        const std::vector<double> in = channel_values(x, c), out = channel_values(y, c);
        const double mean = of_x.mean[static_cast<std::size_t>(c)];
        const double deviation = std::sqrt(of_x.variance[static_cast<std::size_t>(c)] + eps);
        for (std::size_t i = 0; i < in.size(); ++i)
            largest = std::max(largest, std::abs(gamma * (in[i] - mean) / deviation + beta - out[i]));
    }
    return largest;
}

// How far the outputs' moments are from the wanted ones, in the worst channel.
struct Off {
    double mean = 0, deviation = 0;
};
Off worst(const Tensor& y, double mean, double deviation) {
    const Moments of_y = moments_of(y);
    Off off;
    for (std::size_t c = 0; c < of_y.mean.size(); ++c) {
        off.mean = std::max(off.mean, std::abs(of_y.mean[c] - mean));
        off.deviation = std::max(off.deviation, std::abs(std::sqrt(of_y.variance[c]) - deviation));
    }
    return off;
}

Tensor features(const Batch& batch) {
    Conv2d conv({.in = 1, .out = kChannels, .kernel = {3, 3}, .padding = {{1, 1}}});
    initialize(conv, 1);
    return conv(batch.images).value();
}

Plot histograms(const std::string& en, const std::string& ko, const Tensor& x) {
    Plot plot{.title = {en, ko}, .x = {"value", "값"}, .y = {"share of the values", "값의 비율"}};
    for (const Index c : {0, 1, 2}) {
        const std::string number = std::to_string(c);
        plot.curves.push_back(bars({"channel " + number, "채널 " + number}, histogram(channel_values(x, c), -12, 8, 80),
                                   static_cast<int>(c)));
    }
    return plot;
}

// Of biases that a norm follows or does not: the largest length of their gradients by that of the weights before them.
double bias_gradient(Workbench& bench, const DataSet& images, const std::string& norm) {
    const auto net = make_net({.layers = mlp(3, 64, "relu"), .norm = norm}, 1);
    double largest = 0;
    bench.train(*net, images, {.rate = 0.1, .steps = 50}, 1, [&](Index, const Batch& batch) {
        const Weights gradient = gradient_at(*net, batch).gradient;
        for (const char* linear : {"1.", "4.", "7."})
            largest = std::max(largest, length(gradient.part(std::string(linear) + "bias")) /
                                            length(gradient.part(std::string(linear) + "weight")));
    });
    return largest;
}

// The largest change of a logit that hidden biases make in the end, by the largest logit.
double bias_effect(Workbench& bench, const DataSet& images, const std::string& norm) {
    const auto with = make_net({.layers = mlp(3, 64, "relu"), .norm = norm}, 1);
    const auto without = make_net({.layers = mlp(3, 64, "relu", R"("bias":false)"), .norm = norm}, 1);
    for (Module* net : {with.get(), without.get()}) bench.train(*net, images, {.rate = 0.1, .steps = 50}, 1);
    const Tensor digits = first_batches(images, 256, 1)[0].images;
    with->eval(), without->eval();
    const Tensor logits = (*with)(digits).value();
    return largest_difference(logits, (*without)(digits).value()) /
           largest_difference(logits, Tensor::zeros(logits.shape()));
}

Evidence examine_formula(Workbench& bench) {
    const DataSet& images = bench.images("digits", 4000, 1000);
    const Tensor x = features(first_batches(images, 64, 1)[0]);
    BatchNorm2d norm({.num_features = kChannels});
    const double eps = norm.options.eps;
    const Tensor plain = norm(x).value();
    const double gamma = 2.5, beta = -7;
    norm.weight.mutable_value().copy_from(Tensor::full({kChannels}, static_cast<Scalar>(gamma)));
    norm.bias.mutable_value().copy_from(Tensor::full({kChannels}, static_cast<Scalar>(beta)));
    const Tensor scaled = norm(x).value();
    const Off off = worst(plain, 0, 1), off_scaled = worst(scaled, beta, gamma);

    BatchNorm2d fresh({.num_features = 16});
    const Tensor made_up = noise({4, 16, 8, 8}, 1, 5, 3);
    const bool shape_kept = fresh(made_up).shape() == made_up.shape();
    const double numbers_kept = static_cast<double>(fresh.weight.shape().elements() + fresh.bias.shape().elements() +
                                                    fresh.running.mean.elements() + fresh.running.variance.elements());
    const double start = std::max(largest_difference(fresh.weight.value(), Tensor::full({16}, 1)),
                                  largest_difference(fresh.bias.value(), Tensor::zeros({16})));
    const Tensor constant = fresh(Tensor::full({4, 16, 8, 8}, 3)).value();
    const double without_eps = (3.0 - 3.0) / std::sqrt(0.0);

    Evidence found;
    found.checks = {
        proof("formula", {1},
              {"largest error against the formula in double precision", "배정도로 계산한 공식과의 최대 오차"},
              {largest_error(x, plain, 1, 0, eps)}, at_most(1e-5)),
        proof("mean", {2},
              {"largest mean of a channel behind batch norm, without sign", "정규화된 채널 평균의 최대 절댓값"},
              {off.mean}, at_most(1e-5)),
        proof("deviation", {2}, {"largest distance of a channel's deviation from 1", "채널 표준편차와 1의 최대 차이"},
              {off.deviation}, at_most(1e-3)),
        proof("scaled-mean", {3}, {"the same of the mean from β = −7", "평균과 β = −7의 최대 차이"}, {off_scaled.mean},
              at_most(1e-4)),
        proof("scaled-deviation", {3}, {"the same of the deviation from γ = 2.5", "표준편차와 γ = 2.5의 최대 차이"},
              {off_scaled.deviation}, at_most(2.5e-3)),
        proof("start", {3}, {"distance of a new layer's γ from 1 and β from 0", "새 레이어의 γ와 1, β와 0의 차이"},
              {start}, at_most(0)),
        proof("constant", {4}, {"largest output of a constant channel, with ε", "상수 채널의 최대 출력 (ε 있음)"},
              {largest_difference(constant, Tensor::zeros(constant.shape()))}, at_most(1e-6)),
        control("no-epsilon",
                {"finite numbers that the formula gives there without ε", "ε 없이 공식이 내는 유한한 값의 수"},
                {std::isfinite(without_eps) ? 1.0 : 0.0}, at_most(0)),
        proof("shape", {5}, {"the output has the input's shape (1: yes)", "출력과 입력의 모양이 같음 (1: 예)"},
              {shape_kept ? 1.0 : 0.0}, at_least(1)),
        proof("numbers", {5}, {"numbers that a layer of 16 channels keeps", "16채널 레이어가 갖는 수의 개수"},
              {numbers_kept}, between(64, 64)),
        proof("bias-gradient", {46},
              {"gradient of biases before a norm, by that of the weights", "정규화 앞 bias의 기울기 / 가중치의 기울기"},
              {bias_gradient(bench, images, "batch")}, at_most(1e-5)),
        control("bias-gradient-without-norm", {"the same where no norm follows", "정규화가 없을 때의 같은 비율"},
                {bias_gradient(bench, images, "none")}, at_least(1e-2)),
        proof("bias-effect", {46},
              {"largest change of a logit if they are left out, after 50 steps, by the largest logit",
               "bias를 뺐을 때 50걸음 뒤 로짓의 최대 변화 / 최대 로짓"},
              {bias_effect(bench, images, "batch")}, at_most(1e-2)),
        control("bias-effect-without-norm", {"the same where no norm follows", "정규화가 없을 때의 같은 비율"},
                {bias_effect(bench, images, "none")}, at_least(5e-2)),
    };
    found.pictures = {histograms("What comes from the convolution", "합성곱의 출력", x),
                      histograms("Normalized", "정규화한 값", plain),
                      histograms("Scaled by 2.5 and shifted by −7", "2.5배 하고 −7만큼 옮긴 값", scaled)};
    found.remarks = {{"Without ε, Normlab answers β for a constant channel; the formula itself is 0/0.",
                      "ε이 0이고 채널이 상수이면 공식은 0/0이지만, Normlab은 β를 내놓습니다."}};
    return found;
}

}  // namespace

const Claim kFormula = {
    .name = "formula",
    .question = {"What does batch norm do to a batch, exactly?", "배치 정규화는 배치에 정확히 무엇을 하나요?"},
    .statements = {1, 2, 3, 4, 5, 46},
    .seconds = 1,
    .seeds = 1,
    .setting =
        {"64 drawn digits through an untrained convolution of 8 channels; for the biases, a net of three hidden "
         "layers of 64 units, 50 steps",
         "그려진 숫자 64장을 학습하지 않은 8채널 합성곱에 통과시킨 값. bias는 64개씩 은닉층 셋인 망을 50걸음 학습"},
    .refutation =
        {"an output that differs from the formula by more than rounding, or a bias that learns although a norm "
         "follows",
         "반올림보다 크게 공식과 다른 출력, 또는 정규화 앞에서도 학습되는 bias"},
    .sources = {"Ioffe & Szegedy 2015, algorithm 1"},
    .real_data = nullptr,
    .examine = {examine_formula},
    .formulas = {{"y = γ", frac("x − μ", root("σ^2 + ε")), "+ β"},
                 {"μ =", frac("1", "N H W"), "Σ x"},
                 {"σ^2 =", frac("1", "N H W"), "Σ", power("( x − μ )", "2")}},
};

}  // namespace normlab
