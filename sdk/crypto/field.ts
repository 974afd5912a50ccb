/** The scalar field of BN254: circuits compute modulo this prime. */
export const FIELD_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617n

/** Whether `value` is a reduced element of the circuits' field. */
export const isFieldElement = (value: bigint): boolean => value >= 0n && value < FIELD_ORDER
