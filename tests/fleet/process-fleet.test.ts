import { startProcessFleet } from '../../services/lab/src/fleet/processes/start-process-fleet.ts';
import { describeFleet } from '../support/fleet-contract.ts';

describeFleet('plain processes', startProcessFleet);
