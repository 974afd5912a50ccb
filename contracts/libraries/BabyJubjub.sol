// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title BabyJubjub
/// @notice Whether a key is in the subgroup of prime order. The curve is a·x² + y² = 1 + d·x²·y², its cofactor is 8:
/// the subgroup is every point times eight, so showing one that gives the key is enough.
library BabyJubjub {
    uint256 private constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    uint256 private constant A = 168700;
    uint256 private constant D = 168696;

    /// @notice Whether (x, y) is eight times `eighth`, a point of the curve, and not the neutral point.
    /// @param x Of the key.
    /// @param y Of the key.
    /// @param eighth The point.
    /// @return Whether it is.
    function isEightTimes(uint256 x, uint256 y, uint256[2] calldata eighth) internal pure returns (bool) {
        if (x >= R || y >= R || x == 0) return false;
        if (eighth[0] >= R || eighth[1] >= R || !_isOnCurve(eighth[0], eighth[1])) return false;

        (uint256 px, uint256 py, uint256 pz) = (eighth[0], eighth[1], 1);
        for (uint256 i = 0; i < 3; ++i) (px, py, pz) = _double(px, py, pz);
        return pz != 0 && px == mulmod(x, pz, R) && py == mulmod(y, pz, R);
    }

    function _isOnCurve(uint256 x, uint256 y) private pure returns (bool) {
        (uint256 xx, uint256 yy) = (mulmod(x, x, R), mulmod(y, y, R));
        return addmod(mulmod(A, xx, R), yy, R) == addmod(1, mulmod(D, mulmod(xx, yy, R), R), R);
    }

    /// @dev dbl-2008-bbjlp, on projective coordinates.
    function _double(uint256 x, uint256 y, uint256 z) private pure returns (uint256, uint256, uint256) {
        uint256 sum = addmod(x, y, R);
        (uint256 b, uint256 c, uint256 d) = (mulmod(sum, sum, R), mulmod(x, x, R), mulmod(y, y, R));
        uint256 e = mulmod(A, c, R);
        uint256 f = addmod(e, d, R);
        uint256 j = addmod(f, R - mulmod(2, mulmod(z, z, R), R), R);
        uint256 left = addmod(b, R - addmod(c, d, R), R);
        return (mulmod(left, j, R), mulmod(f, addmod(e, R - d, R), R), mulmod(f, j, R));
    }
}
