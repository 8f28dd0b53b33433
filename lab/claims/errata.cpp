#include "lab/claims/errata.h"

#include <vector>

namespace normlab {

std::span<const Erratum> errata() {
    static const std::vector<Erratum> all = {
        {"003",
         {"The formula for inference divides by Var. It is √(Var + ε): a slip of the pen, as the text beside it has it "
          "right.",
          "추론 공식에서 Var로 나누는데 √(Var + ε)로 나누어야 합니다. 옆의 설명은 맞으니 옮겨 적다 생긴 실수로 "
          "보입니다."}},
        {"001",
         {"A rate ten times as large and 14 times fewer steps are told in one breath, but they are two experiments. In "
          "the paper, batch norm alone came to the accuracy of Inception in 13.3 instead of 31.0 million steps: 2.3 "
          "times faster. The 14 belongs to a net with five times the rate, without dropout, with a fifth of the weight "
          "decay, a faster schedule, no local response normalization, better shuffling and less distortion. With "
          "thirty "
          "times the rate it took a little longer, and ended higher.",
          "학습률 열 배와 14배 빠른 학습을 한 문장에 묶었지만 서로 다른 실험입니다. 논문에서 배치 정규화만 넣었을 때 "
          "Inception의 정확도에 이르는 데 3,100만 걸음 대신 1,330만 걸음, 곧 2.3배 빨랐습니다. 14배는 학습률 다섯 배, "
          "Dropout 없음, 가중치 감쇠 5분의 1, 더 빠른 스케줄, LRN 없음, 더 나은 섞기와 적은 왜곡을 모두 합친 값입니다. "
          "학습률 서른 배에서는 조금 더 걸렸고 더 높은 정확도로 끝났습니다."}},
        {"000",
         {"The layer written by hand remembers the biased variance of a batch; PyTorch remembers the unbiased one. It "
          "also keeps the running mean as a result of the graph, so every step holds on to the one before and memory "
          "grows: a detach() or no_grad() mends it.",
          "손으로 짠 레이어는 배치의 편향 분산을 기억하지만 PyTorch는 비편향 분산을 기억합니다. 또 이동 평균이 계산 "
          "그래프에 매달려 있어 걸음마다 앞 걸음의 그래프를 붙잡고 메모리가 늘어납니다. detach()나 no_grad()를 넣으면 "
          "됩니다."}},
        {"004",
         {"γ = √σ² is called the variance. It is the deviation, and with ε it must be √(σ² + ε).",
          "γ = √σ²을 분산이라고 불렀지만 표준편차이고, ε까지 넣으면 √(σ² + ε)이어야 합니다."}},
        {"004",
         {"‖∇L(W₁) − ∇L(W₂)‖ ≤ λ‖W₁ − W₂‖ is called the Lipschitz property of the loss. It is that of the gradient, "
          "also called β-smoothness; the loss's own bounds |L(W₁) − L(W₂)|.",
          "‖∇L(W₁) − ∇L(W₂)‖ ≤ λ‖W₁ − W₂‖을 손실의 립시츠 성질이라고 했지만, 이것은 기울기의 립시츠 성질(β-매끄러움)"
          "입니다. 손실의 립시츠 성질은 |L(W₁) − L(W₂)|에 대한 것입니다."}},
        {"004",
         {"The paper of 2018 is said to have proved that smoothing is the reason. It proves bounds on gradients with "
          "respect to one layer's activations, with a factor γ²/σ². That they explain training is an experiment, and "
          "the experiment on the loss landscape shows how far it carries.",
          "2018년 논문이 매끄러움이 이유임을 증명했다고 하지만, 증명된 것은 한 레이어의 활성값에 대한 기울기의 "
          "한계이며 "
          "γ²/σ²이라는 인수가 붙습니다. 그것이 학습을 설명한다는 것은 실험이고, 어디까지 맞는지는 손실 지형 실험이 "
          "보여 줍니다."}},
        {"004",
         {"[−2, 2] is called the range of the largest slope. For the sigmoid the slope at 2 is still 42 % of that at "
          "0; "
          "for tanh it is 7 %.",
          "[−2, 2]를 기울기가 가장 큰 구간이라고 했습니다. 2에서의 기울기는 시그모이드라면 0에서의 42 %이지만 tanh라면 "
          "7 %입니다."}},
        {"004",
         {"That β is learned positive, that half of the information is lost without it, and that a smooth loss leads "
          "to "
          "the global minimum, is not what is found: see statements 43 and 44.",
          "β가 양수로 학습된다거나, β가 없으면 정보의 절반을 잃는다거나, 매끄러우면 전역 최솟값에 이른다는 것은 "
          "실험에서 "
          "확인되지 않습니다. 43번과 44번을 보세요."}},
        {"001",
         {"A batch of one is said not to work. So it is where a channel has a single value, as behind a linear layer. "
          "On "
          "feature maps a channel has many, and batch norm of one image is the same as instance norm.",
          "배치 1에서는 동작하지 않는다고 했습니다. 선형 레이어 뒤처럼 채널에 값이 하나뿐이면 맞습니다. 특징 맵에서는 "
          "값이 여럿이고, 이미지 한 장의 배치 정규화는 인스턴스 정규화와 같습니다."}},
        {"004",
         {"Scale invariance is said to keep the weights from exploding. They grow all the same, but each step adds "
          "less, "
          "because the gradient shrinks as they grow.",
          "스케일 불변성이 가중치의 폭발을 막는다고 했습니다. 가중치는 그래도 커지지만, 커질수록 기울기가 작아져 점점 "
          "느려집니다."}},
    };
    return all;
}

}  // namespace normlab
