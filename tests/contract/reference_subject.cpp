// SPDX-License-Identifier: Apache-2.0
// The reference model, in the place of the RTL.
#include "arbiter_subject.h"
#include "sim/reference/reference_model.h"

namespace lockarb::contract {
namespace {

class ReferenceSubject : public ArbiterSubject {
 private:
  static ReferenceModel fresh() { return ReferenceModel({kCores, 16, 8}); }

  void reset() override { model_ = fresh(); }
  uint32_t read(uint32_t address) override { return model_.read(address).value(); }
  void write(uint32_t address, uint32_t value) override {
    if (!model_.write(address, value)) throw std::bad_optional_access();
  }
  bool interrupt(unsigned core) override { return model_.interrupt(core); }

  ReferenceModel model_ = fresh();
};

}  // namespace

std::unique_ptr<Subject> make_reference_subject() { return std::make_unique<ReferenceSubject>(); }

}  // namespace lockarb::contract
