/* SPDX-License-Identifier: Apache-2.0 */
#include <wdm.h>
