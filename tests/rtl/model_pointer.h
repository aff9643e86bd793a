// SPDX-License-Identifier: Apache-2.0
// ModelPointer: owns a Verilated model.
#ifndef LOCKARB_TESTS_RTL_MODEL_POINTER_H_
#define LOCKARB_TESTS_RTL_MODEL_POINTER_H_

#include <memory>

namespace lockarb {

struct EndModel {
  template <class Model>
  void operator()(Model *model) const {
    model->final();
    // For `make coverage` its counters must last until the process ends.
#ifndef LOCKARB_RTL_COVERAGE
    delete model;
#endif
  }
};
template <class Model>
using ModelPointer = std::unique_ptr<Model, EndModel>;

}  // namespace lockarb

#endif  // LOCKARB_TESTS_RTL_MODEL_POINTER_H_
