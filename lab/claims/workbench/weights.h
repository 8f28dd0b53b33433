// All parameters of a net as one vector, to walk through weight space.
#pragma once

#include "framework/module.h"

namespace normlab {

class Weights {
  public:
    Weights() = default;
    static Weights of(Module& net);           // a copy of its parameters
    static Weights gradient_of(Module& net);  // of its gradients; zero where there is none
    void put_into(Module& net) const;

    std::size_t size() const { return parts_.size(); }
    const std::string& name(std::size_t part) const { return names_[part]; }
    Tensor& part(std::size_t i) { return parts_[i]; }
    const Tensor& part(std::size_t i) const { return parts_[i]; }
    std::size_t index_of(const std::string& name) const;
    const Tensor& part(const std::string& name) const { return parts_[index_of(name)]; }

    Weights plus(double factor, const Weights& other) const;  // this + factor · other
    Weights scaled(double factor) const;
    // Drawn at random, each row of a weight, that is, each filter, as long as this one's.
    Weights random_alike(std::uint64_t seed) const;

  private:
    std::vector<std::string> names_;
    std::vector<Tensor> parts_;
};

double dot(const Tensor& a, const Tensor& b);
double length(const Tensor& a);
double distance(const Tensor& a, const Tensor& b);
double cosine(const Tensor& a, const Tensor& b);  // 0 where one of them is 0

double dot(const Weights& a, const Weights& b);
double length(const Weights& a);
double distance(const Weights& a, const Weights& b);
double cosine(const Weights& a, const Weights& b);

}  // namespace normlab
