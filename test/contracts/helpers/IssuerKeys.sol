// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Keys of issuers: Base8 of Baby Jubjub (EIP-2494) added up, each with the point of which it is eight times.
library IssuerKeys {
    struct Key {
        uint256 x;
        uint256 y;
        uint256[2] eighth;
    }

    uint256 private constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    uint256 private constant A = 168700;
    uint256 private constant D = 168696;

    /// @dev The generator of the whole curve; Base8 is eight times it.
    uint256 private constant X = 995203441582195749578291179787384436505546430278305826713579947235728471134;
    uint256 private constant Y = 5472060717959818805561601436314318772137091100104008585924551046643952123905;
    uint256 private constant BASE_X = 5299619240641551281634865583518297030282874472190772894086521144482721001553;
    uint256 private constant BASE_Y = 16950150798460657717958625567821834550301663161624707787222815936182638968203;

    /// @notice The first `count` multiples of Base8.
    function first(uint256 count) internal pure returns (Key[] memory keys) {
        keys = new Key[](count);
        Key memory last = Key(0, 1, [uint256(0), 1]);
        for (uint256 i = 0; i < count; i++) {
            Key memory next = keys[i];
            (next.x, next.y) = _add(last.x, last.y, BASE_X, BASE_Y);
            (next.eighth[0], next.eighth[1]) = _add(last.eighth[0], last.eighth[1], X, Y);
            last = next;
        }
    }

    function _add(uint256 x, uint256 y, uint256 u, uint256 v) private pure returns (uint256, uint256) {
        uint256 xv = mulmod(x, v, R);
        uint256 yu = mulmod(y, u, R);
        uint256 d = mulmod(D, mulmod(xv, yu, R), R);
        uint256 top = addmod(mulmod(y, v, R), R - mulmod(A, mulmod(x, u, R), R), R);
        return (mulmod(addmod(xv, yu, R), _invert(1 + d), R), mulmod(top, _invert(1 + R - d), R));
    }

    /// @dev By Fermat.
    function _invert(uint256 value) private pure returns (uint256 inverse) {
        inverse = 1;
        for (uint256 exponent = R - 2; exponent > 0; exponent >>= 1) {
            if (exponent & 1 == 1) inverse = mulmod(inverse, value, R);
            value = mulmod(value, value, R);
        }
    }
}
