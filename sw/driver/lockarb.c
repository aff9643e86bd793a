/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/lockarb.h"

#include "hal/mmio.h"

#define FIELD(word, name) (((word)&LOCKARB_##name##_MASK) >> LOCKARB_##name##_SHIFT)

enum { ID_MAGIC = 0x4C4B, ID_MAJOR = 2, MOST_CORES = 32 };

static uintptr_t window(const struct lockarb *device, unsigned core) {
  return device->base + ((uintptr_t)core << LOCKARB_WINDOW_SHIFT);
}

static bool is_core(const struct lockarb *device, unsigned core) {
  return device != NULL && core < device->cores;
}

static uint32_t read_register(const struct lockarb *device, unsigned core, uint32_t offset) {
  return mmio_read32(window(device, core) + offset);
}

static enum lockarb_result write_register(const struct lockarb *device, unsigned core,
                                          uint32_t offset, uint32_t value) {
  if (!is_core(device, core)) return LOCKARB_BAD_ARG;
  mmio_write32(window(device, core) + offset, value);
  return LOCKARB_OK;
}

static bool is_armed(unsigned operation) { return (LOCKARB_OPS_ARMED >> operation & 1) != 0; }

static uint32_t issue(const struct lockarb *device, unsigned core, unsigned lock,
                      unsigned operation) {
  uint32_t place = operation << LOCKARB_OP_SHIFT | lock << LOCKARB_LOCK_SHIFT;
  if (device->way == LOCKARB_BY_WRITE) {
    write_register(device, core, LOCKARB_ISSUE_OFFSET, place);
    return read_register(device, core, LOCKARB_ANSWER_OFFSET);
  }
  if (is_armed(operation)) write_register(device, core, LOCKARB_ARM_OFFSET, place);
  return read_register(device, core, LOCKARB_COMMAND_OFFSET | place);
}

struct lockarb_answer lockarb_command_checked(const struct lockarb *device, unsigned core,
                                              unsigned lock, unsigned operation) {
  bool is_bad = !is_core(device, core) || lock >= device->locks;
  return lockarb_answer_in(is_bad ? LOCKARB_STATUS_BAD_ARG : issue(device, core, lock, operation));
}

/* flags: what OPERAND says of the slot beside its number. */
static struct lockarb_answer command_for(const struct lockarb *device, unsigned core, unsigned lock,
                                         unsigned slot, uint32_t flags, unsigned operation) {
  struct lockarb_answer bad_arg = {.status = LOCKARB_STATUS_BAD_ARG};
  if (!is_core(device, core) || lock >= device->locks || slot >= device->threads) return bad_arg;
  write_register(device, core, LOCKARB_OPERAND_OFFSET, flags | slot);
  return lockarb_command_checked(device, core, lock, operation);
}

bool lockarb_is_command(uintptr_t offset, unsigned *operation, unsigned *lock) {
  *operation = (unsigned)(offset >> LOCKARB_OP_SHIFT & 31);
  *lock = (unsigned)(offset >> LOCKARB_LOCK_SHIFT & 0xFFF);
  return (offset & LOCKARB_COMMAND_OFFSET) != 0;
}

bool lockarb_is_repeatable(uintptr_t offset, bool write) {
  if (!write) return (offset & LOCKARB_COMMAND_OFFSET) == 0;
  uintptr_t in_window = offset & (((uintptr_t)1 << LOCKARB_WINDOW_SHIFT) - 1);
  return in_window != LOCKARB_GRANT_OFFSET && in_window != LOCKARB_ERROR_OFFSET &&
         in_window != LOCKARB_USER_ERROR_OFFSET && in_window != LOCKARB_ISSUE_OFFSET;
}

/* The ranges are those of the parameters of rtl/lockarb.v. */
static bool find_bad_size(uint32_t params, uint32_t limits, struct lockarb_size *bad) {
  const struct lockarb_size sizes[] = {
      {"PARAMS.cores", FIELD(params, PARAMS_CORES), 1, 32},
      {"PARAMS.threads", FIELD(params, PARAMS_THREADS), 2, 511},
      {"PARAMS.locks", FIELD(params, PARAMS_LOCKS), 1, 4096},
      {"LIMITS.hold_width", FIELD(limits, LIMITS_HOLD_WIDTH), 2, 16},
  };
  for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    if (sizes[i].value >= sizes[i].min && sizes[i].value <= sizes[i].max) continue;
    *bad = sizes[i];
    return true;
  }
  return false;
}

bool lockarb_bad_size(uintptr_t base, unsigned core, struct lockarb_size *bad) {
  if (bad == NULL || base % sizeof(uint32_t) != 0 || core >= MOST_CORES) return false;
  const struct lockarb device = {.base = base};
  uint32_t params = read_register(&device, core, LOCKARB_PARAMS_OFFSET);
  return find_bad_size(params, read_register(&device, core, LOCKARB_LIMITS_OFFSET), bad);
}

enum lockarb_result lockarb_probe(struct lockarb *device, uintptr_t base, unsigned core,
                                  enum lockarb_way way) {
  if (device == NULL || base % sizeof(uint32_t) != 0) return LOCKARB_BAD_ARG;
  if (core >= MOST_CORES || (unsigned)way > LOCKARB_BY_WRITE) return LOCKARB_BAD_ARG;
  struct lockarb found = {.base = base, .way = way};
  uint32_t id = read_register(&found, core, LOCKARB_ID_OFFSET);
  if (FIELD(id, ID_MAGIC) != ID_MAGIC) return LOCKARB_NO_DEVICE;
  if (FIELD(id, ID_MAJOR) != ID_MAJOR) return LOCKARB_OTHER_VERSION;
  uint32_t params = read_register(&found, core, LOCKARB_PARAMS_OFFSET);
  uint32_t limits = read_register(&found, core, LOCKARB_LIMITS_OFFSET);
  struct lockarb_size bad;
  if (find_bad_size(params, limits, &bad)) return LOCKARB_BAD_SIZES;
  found.cores = FIELD(params, PARAMS_CORES);
  found.threads = FIELD(params, PARAMS_THREADS);
  found.locks = FIELD(params, PARAMS_LOCKS);
  found.max_hold = (unsigned)((UINT64_C(1) << FIELD(limits, LIMITS_HOLD_WIDTH)) - 1);
  found.read_locks = way == LOCKARB_BY_READ ? found.locks : 0;
  found.has_statistics = FIELD(limits, LIMITS_STATISTICS) != 0;
  found.aperture_was_open =
      FIELD(read_register(&found, core, LOCKARB_CONTROL_OFFSET), CONTROL_APERTURE);
  enum lockarb_result result = lockarb_start_core(&found, core);
  if (result == LOCKARB_OK) *device = found;
  return result;
}

enum lockarb_result lockarb_start_core(const struct lockarb *device, unsigned core) {
  if (!is_core(device, core)) return LOCKARB_BAD_ARG;
  return write_register(device, core, LOCKARB_CONTROL_OFFSET,
                        device->way == LOCKARB_BY_READ ? LOCKARB_CONTROL_APERTURE_MASK : 0);
}

struct lockarb_answer lockarb_release_for(const struct lockarb *device, unsigned core,
                                          unsigned lock, unsigned thread) {
  return command_for(device, core, lock, thread, 0, LOCKARB_OP_RELEASE_FOR);
}

struct lockarb_answer lockarb_convert(const struct lockarb *device, unsigned core, unsigned lock) {
  return lockarb_command_checked(device, core, lock, LOCKARB_OP_CONVERT);
}

struct lockarb_answer lockarb_set_owner(const struct lockarb *device, unsigned core, unsigned lock,
                                        unsigned pointer) {
  return command_for(device, core, lock, pointer, LOCKARB_OPERAND_POINTER_MASK,
                     LOCKARB_OP_SET_OWNER);
}

struct lockarb_answer lockarb_hold_count(const struct lockarb *device, unsigned core, unsigned lock,
                                         unsigned *count) {
  struct lockarb_answer answer = {.status = LOCKARB_STATUS_BAD_ARG};
  if (count == NULL || !is_core(device, core) || lock >= device->locks) return answer;
  uint32_t word = issue(device, core, lock, LOCKARB_OP_HOLD_COUNT);
  answer.status = FIELD(word, HOLD_COUNT_RESULT_STATUS);
  if (answer.status == LOCKARB_STATUS_DONE) *count = FIELD(word, HOLD_COUNT_RESULT_COUNT);
  return answer;
}

struct lockarb_answer lockarb_initialize(const struct lockarb *device, unsigned core, unsigned lock,
                                         enum lockarb_order order,
                                         enum lockarb_class class_of_lock) {
  static const uint8_t operations[][2] = {
      [LOCKARB_PRIVILEGED] = {LOCKARB_OP_INITIALIZE, LOCKARB_OP_INITIALIZE_WRITER_FIRST},
      [LOCKARB_USER] = {LOCKARB_OP_INITIALIZE_USER, LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST},
  };
  struct lockarb_answer bad_arg = {.status = LOCKARB_STATUS_BAD_ARG};
  if ((unsigned)order > LOCKARB_WRITER_FIRST || (unsigned)class_of_lock > LOCKARB_USER)
    return bad_arg;
  return lockarb_command_checked(device, core, lock, operations[class_of_lock][order]);
}

struct lockarb_answer lockarb_reinitialize(const struct lockarb *device, unsigned core,
                                           unsigned lock) {
  return lockarb_command_checked(device, core, lock, LOCKARB_OP_REINITIALIZE);
}

struct lockarb_answer lockarb_delete(const struct lockarb *device, unsigned core, unsigned lock) {
  return lockarb_command_checked(device, core, lock, LOCKARB_OP_DELETE);
}

struct lockarb_answer lockarb_cancel(const struct lockarb *device, unsigned core, unsigned lock,
                                     unsigned thread) {
  return command_for(device, core, lock, thread, 0, LOCKARB_OP_CANCEL);
}

struct lockarb_answer lockarb_drain(const struct lockarb *device, unsigned core, unsigned lock,
                                    unsigned thread) {
  return command_for(device, core, lock, thread, 0, LOCKARB_OP_DRAIN);
}

enum lockarb_result lockarb_read_statistics(const struct lockarb *device, unsigned core,
                                            unsigned lock, struct lockarb_statistics *statistics) {
  if (!is_core(device, core) || lock >= device->locks || statistics == NULL) {
    return LOCKARB_BAD_ARG;
  }
  if (!device->has_statistics) return LOCKARB_NO_STATISTICS;
  uint32_t row = LOCKARB_STATISTICS_OFFSET + (lock << LOCKARB_STATISTICS_LOCK_SHIFT);
  statistics->acquisitions = read_register(device, core, row + LOCKARB_ACQUISITIONS_OFFSET);
  statistics->contentions = read_register(device, core, row + LOCKARB_CONTENTIONS_OFFSET);
  statistics->longest_wait = read_register(device, core, row + LOCKARB_LONGEST_WAIT_OFFSET);
  statistics->longest_hold = read_register(device, core, row + LOCKARB_LONGEST_HOLD_OFFSET);
  statistics->deepest_queue = read_register(device, core, row + LOCKARB_DEEPEST_QUEUE_OFFSET);
  return LOCKARB_OK;
}

enum lockarb_result lockarb_set_current_thread(const struct lockarb *device, unsigned core,
                                               unsigned thread) {
  if (!is_core(device, core) || thread >= device->threads) return LOCKARB_BAD_ARG;
  return write_register(device, core, LOCKARB_CURRENT_THREAD_OFFSET,
                        LOCKARB_CURRENT_THREAD_VALID_MASK | thread);
}

enum lockarb_result lockarb_clear_current_thread(const struct lockarb *device, unsigned core) {
  return write_register(device, core, LOCKARB_CURRENT_THREAD_OFFSET, 0);
}

bool lockarb_first_grant(const struct lockarb *device, unsigned core, struct lockarb_grant *grant) {
  if (!is_core(device, core) || grant == NULL) return false;
  uint32_t word = read_register(device, core, LOCKARB_GRANT_OFFSET);
  if (!FIELD(word, GRANT_VALID)) return false;
  *grant = lockarb_grant_in(word);
  return true;
}

enum lockarb_result lockarb_remove_grant(const struct lockarb *device, unsigned core) {
  return write_register(device, core, LOCKARB_GRANT_OFFSET, 0);
}

struct lockarb_take lockarb_take_own_grant(const struct lockarb *device, unsigned core) {
  struct lockarb_window window = lockarb_window_of(device, core);
  return lockarb_take_in(&window);
}

bool lockarb_take_grant(const struct lockarb *device, unsigned core, struct lockarb_grant *grant) {
  if (grant == NULL) return false;
  struct lockarb_take take = lockarb_take_own_grant(device, core);
  if (take.what < LOCKARB_SHOWN) return false;
  if (take.what == LOCKARB_SHOWN) lockarb_remove_grant(device, core);
  *grant = take.grant;
  return true;
}

bool lockarb_take_error(const struct lockarb *device, unsigned core, struct lockarb_error *error) {
  if (!is_core(device, core) || error == NULL) return false;
  uint32_t status = read_register(device, core, LOCKARB_STATUS_OFFSET);
  error->user = !FIELD(status, STATUS_ERROR);
  if (error->user && !FIELD(status, STATUS_USER_ERROR)) return false;
  uint32_t offset = error->user ? LOCKARB_USER_ERROR_OFFSET : LOCKARB_ERROR_OFFSET;
  uint32_t word = read_register(device, core, offset);
  if (!FIELD(word, ERROR_VALID)) return false;
  error->status = FIELD(word, ERROR_STATUS);
  error->core = FIELD(word, ERROR_CORE);
  error->thread = FIELD(word, ERROR_THREAD);
  error->lock = FIELD(word, ERROR_LOCK);
  write_register(device, core, offset, 0);
  return true;
}

enum lockarb_result lockarb_set_apc_mask(const struct lockarb *device, unsigned core,
                                         uint32_t combined_apc_disable) {
  return write_register(device, core, LOCKARB_APC_MASK_OFFSET, combined_apc_disable);
}

enum lockarb_result lockarb_set_irql(const struct lockarb *device, unsigned core, unsigned irql) {
  if (irql > LOCKARB_IRQL_VALUE_MASK) return LOCKARB_BAD_ARG;
  return write_register(device, core, LOCKARB_IRQL_OFFSET, irql);
}

enum lockarb_result lockarb_set_apc_pending(const struct lockarb *device, unsigned core,
                                            uint32_t pending) {
  return write_register(device, core, LOCKARB_APC_PENDING_OFFSET, pending);
}

uint32_t lockarb_apc_deliverable(const struct lockarb *device, unsigned core) {
  if (!is_core(device, core)) return 0;
  return read_register(device, core, LOCKARB_APC_DELIVERABLE_OFFSET);
}
