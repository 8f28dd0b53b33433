// The options of a norm under Keras's names, too. A config that says "convention": "keras" may use either name:
//   eps                  epsilon
//   gamma_init           gamma_initializer             a number, "zeros" or "ones"
//   beta_init            beta_initializer
//   running_mean_init    moving_mean_initializer
//   running_var_init     moving_variance_initializer
//   biased_running_var   fused, which is the opposite: Keras's fused kernel, which older versions use for images,
//                        remembers the unbiased variance, all its others the biased one
#pragma once

#include <map>

#include "framework/support/fields.h"

namespace normlab {

class KerasNames : public Fields {
  public:
    explicit KerasNames(Fields& inner) : inner_(inner) {}

    void value(const char* key, const FieldValue& value, const char* about) override;
    void section(const char* key, const char* about, const std::function<void(Fields&)>& visit) override;
    void require_key(const char* key) override { inner_.require_key(key); }
    void check(bool holds, const char* key, const std::string& rule) override;
    bool reads() const override { return inner_.reads(); }
    bool writes() const override { return inner_.writes(); }
    bool describes() const override { return inner_.describes(); }

  private:
    Fields& inner_;
    std::map<std::string, const char*> given_as_;  // those that came under Keras's name
};

}  // namespace normlab
