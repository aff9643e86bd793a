// SPDX-License-Identifier: Apache-2.0
#include "subject.h"

namespace lockarb::contract {

std::vector<NamedSubject> subjects() {
  return {{"OnRtl", make_rtl_subject},
          {"OnReference", make_reference_subject},
          {"OnHardwareLocks", make_wdm_subject},
          {"OnSoftwareLocks", make_software_wdm_subject}};
}

}  // namespace lockarb::contract
