// SPDX-License-Identifier: Apache-2.0
// ArbiterSubject: what answers commands on a bus, driven as an executive would: actors are thread
// slots, on the cores in turn, whose APC masks are saved and loaded.
#pragma once

#include "subject.h"

namespace lockarb::contract {

class ArbiterSubject : public Subject {
 public:
  void begin_scene(bool writer_first) override;
  Result acquire(Actor actor, AcquireRoutine routine, Way way) override;
  Result release(Actor actor, Release routine, Owner owner) override;
  Result convert(Actor actor) override;
  Result set_owner(Actor actor, SetOwner routine, unsigned low_bits) override;
  Result change_lifetime(LifetimeOperation operation) override;
  View look() override;
  std::set<Actor> take_granted() override;
  void move_region(Actor actor, Region region, int step) override;
  void set_irql(Actor actor, unsigned irql) override;
  ApcState apc_state(Actor actor) override;
  void set_in_normal_apc(Actor actor, bool in) override;
  void set_alertable(Actor actor, bool alertable) override;
  void queue_apc(Actor actor, ApcKind kind) override;
  bool apc_ran(Actor actor, ApcKind kind) override;
  void drop_apc(Actor actor, ApcKind kind) override;

 protected:
  static constexpr unsigned kCores = 4;

  // As after power-on.
  virtual void reset() = 0;
  virtual uint32_t read(uint32_t address) = 0;
  virtual void write(uint32_t address, uint32_t value) = 0;
  virtual bool interrupt(unsigned core) = 0;

 private:
  struct Thread {
    bool waits = false;
    uint32_t apc_mask = 0;
    uint32_t irql = 0;
    uint32_t apc_pending = 0;
  };

  static unsigned core_of(Actor actor) { return actor % kCores; }
  uint32_t read_register(unsigned core, uint32_t offset);
  void write_register(unsigned core, uint32_t offset, uint32_t value);
  uint32_t command(unsigned core, unsigned operation);
  void set_current(unsigned core, unsigned slot);
  void load(Actor actor);
  void set_pending(Actor actor, uint32_t mask, bool on);
  Result perform(Actor actor, unsigned operation);

  static constexpr unsigned kNobody = ~0u;

  bool writer_first_ = false;
  unsigned commands_ = 0;
  std::array<unsigned, kCores> current_;  // slots, as set_current() has set them
  std::array<Thread, kActors> threads_;
};

}  // namespace lockarb::contract
