// SPDX-License-Identifier: Apache-2.0
#include "bare_loop.h"

#include "Vlockarb_fst.h"
#include "Vlockarb_none.h"
#include "pins.h"

namespace lockarb::bench {
namespace {

template <class Model>
Speed speed_of(const Job& job) {
  Pins<Model> pins;
  prepare_job(pins);
  return timed(job, [&] { return run_job(pins, job); });
}

}  // namespace

Speed bare_speed(bool traced, const Job& job) {
  return traced ? speed_of<Vlockarb_fst>(job) : speed_of<Vlockarb_none>(job);
}

}  // namespace lockarb::bench
