// Names of the states of the USA by their codes of ISO 3166-2, and the numbers by which maps know them.

/** @type {Record<string, [number, string]>} */
export const US_STATES = {
  AL: [1, "Alabama"], AK: [2, "Alaska"], AZ: [4, "Arizona"], AR: [5, "Arkansas"],
  CA: [6, "California"], CO: [8, "Colorado"], CT: [9, "Connecticut"], DE: [10, "Delaware"],
  DC: [11, "District of Columbia"], FL: [12, "Florida"], GA: [13, "Georgia"], HI: [15, "Hawaii"],
  ID: [16, "Idaho"], IL: [17, "Illinois"], IN: [18, "Indiana"], IA: [19, "Iowa"],
  KS: [20, "Kansas"], KY: [21, "Kentucky"], LA: [22, "Louisiana"], ME: [23, "Maine"],
  MD: [24, "Maryland"], MA: [25, "Massachusetts"], MI: [26, "Michigan"], MN: [27, "Minnesota"],
  MS: [28, "Mississippi"], MO: [29, "Missouri"], MT: [30, "Montana"], NE: [31, "Nebraska"],
  NV: [32, "Nevada"], NH: [33, "New Hampshire"], NJ: [34, "New Jersey"], NM: [35, "New Mexico"],
  NY: [36, "New York"], NC: [37, "North Carolina"], ND: [38, "North Dakota"], OH: [39, "Ohio"],
  OK: [40, "Oklahoma"], OR: [41, "Oregon"], PA: [42, "Pennsylvania"], RI: [44, "Rhode Island"],
  SC: [45, "South Carolina"], SD: [46, "South Dakota"], TN: [47, "Tennessee"], TX: [48, "Texas"],
  UT: [49, "Utah"], VT: [50, "Vermont"], VA: [51, "Virginia"], WA: [53, "Washington"],
  WV: [54, "West Virginia"], WI: [55, "Wisconsin"], WY: [56, "Wyoming"],
};

/** @param {string} region Such as `US-CA`. */
export const stateName = (region) => US_STATES[region.slice(3)]?.[1] ?? region;
