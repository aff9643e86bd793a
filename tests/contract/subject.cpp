// SPDX-License-Identifier: Apache-2.0
#include "subject.h"

#include <ostream>
#include <tuple>

namespace lockarb::contract {

const char *name_of(unsigned owner) {
  static constexpr const char *kNames[kOwners] = {
      "me", "other", "other2", "writer", "writer2", "reader", "reader2", "helper", "pointer"};
  return kNames[owner];
}

std::ostream &operator<<(std::ostream &out, Actor actor) { return out << name_of(actor); }

std::ostream &operator<<(std::ostream &out, Result result) {
  static constexpr const char *kNames[] = {
      "granted exclusive",
      "granted shared",
      "recursed exclusive",
      "recursed shared",
      "refused",
      "waits",
      "waits for itself",
      "done",
      "done though owned",
      "not owned (3)",
      "not owned (1)",
      "converted by a stranger",
      "no owner pointer",
      "has waiters",
      "initialized twice",
      "not initialized",
      "not in the contract",
  };
  return out << kNames[static_cast<unsigned>(result)];
}

void PrintTo(const NamedSubject &subject, std::ostream *out) { *out << subject.name; }

static bool operator==(const Hold &a, const Hold &b) {
  return a.count == b.count && a.exclusive == b.exclusive;
}

bool operator==(const View &a, const View &b) {
  const auto all = [](const View &v) {
    return std::tie(v.exclusive, v.owners, v.shared_waiters, v.exclusive_waiters, v.contentions,
                    v.holds, v.kernel_apc_disable);
  };
  return all(a) == all(b);
}

std::ostream &operator<<(std::ostream &out, const View &view) {
  out << (view.exclusive ? "X, " : "S or free, ") << view.owners << " owners, "
      << view.shared_waiters << " shared and " << view.exclusive_waiters
      << " exclusive waiters, contentions " << view.contentions;
  for (unsigned actor = 0; actor < kActors; ++actor) {
    const std::optional<Hold> &hold = view.holds[actor];
    const int region = view.kernel_apc_disable[actor];
    if (hold && hold->count == 0 && region == 0) continue;
    out << "; " << name_of(actor) << ": ";
    if (!hold) {
      out << "waits";
    } else {
      out << hold->count << (hold->exclusive ? " exclusive" : "");
    }
    if (region != 0) out << ", K " << region;
  }
  return out;
}

}  // namespace lockarb::contract
