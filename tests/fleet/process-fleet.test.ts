import { startProcessFleet } from '../../services/lab/src/fleet/processes/process-fleet.ts';
import { describeFleet } from './fleet-contract.ts';

describeFleet('plain processes', startProcessFleet);
